/** What other domains use of access. Adapters write reservations, and changes of approvals, with the items of items.ts. */
export {
  type Approval,
  type ApprovalNeed,
  approvalIdFor,
  contentDigest,
  newApprovalId,
} from './approval.ts';
export { ruleAnswer } from './approval-answers.ts';
export { type ApprovalRule, type AskedPayment, neededBy } from './approval-policy.ts';
export type { ApprovalSubject, ApprovalWrite, GateDeps, PaidPayments } from './approval-ports.ts';
export { approvalNeeded, approvalOf, rememberPaid, rulesMet, toAsk } from './ask-approval.ts';
export { askForChange, changeIn } from './ask-change.ts';
export { cancelApproval } from './decide-approval.ts';
export { explainApproval, possibleDecisions } from './explain-approval.ts';
export { approvalNeededOf, type Gathered, gather, gathered } from './gather-payments.ts';
export {
  type Demand,
  dayLimitExceeded,
  demandFor,
  demandOf,
  limitsAmounts,
  type Reservation,
  type Room,
  requireWithinPayoutLimit,
  roomFor,
  split,
} from './limits.ts';
export type { LimitStore } from './ports.ts';
export { ruleText } from './set-policy.ts';
