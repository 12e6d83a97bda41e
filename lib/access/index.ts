/** What other domains use of access. Adapters write reservations with the items of items.ts. */
export {
  type Demand,
  demandFor,
  demandOf,
  limitsAmounts,
  type Reservation,
  requireWithinPayoutLimit,
  split,
} from './limits.ts';
