/** What other domains use of webhooks: what became of their events. */
export type { EventDeliveries } from './ports.ts';
export { deliveryEntries } from './timeline.ts';
