/** What other domains use of access. Adapters write reservations, and changes of approvals, with the items of items.ts. */
export { type Approval, type ApprovalNeed, approvalIdFor, contentDigest, newApprovalId } from './approval.ts';
export type { AskedPayment } from './approval-policy.ts';
export type { ApprovalSubject, ApprovalWrite, GateDeps, PaidPayments } from './approval-ports.ts';
export { approvalNeeded, approvalOf, rememberPaid } from './ask-approval.ts';
export { askForChange, changeIn } from './ask-change.ts';
export { cancelApproval } from './decide-approval.ts';
export {
  type Demand,
  demandFor,
  demandOf,
  limitsAmounts,
  type Reservation,
  requireWithinPayoutLimit,
  split,
} from './limits.ts';
