/** What other domains use to send instructions to the outside. */
export {
  type Attempt,
  type AttemptOutcome,
  afterAnswer,
  afterLookUp,
  type CancelledAttempt,
  cancelAttempt,
  executeAttempt,
  firstReference,
  isCircuitOpen,
  referenceForNext,
  unchanged,
} from './attempt.ts';
export { isLeased, type Lease, lastsFor, pauseBefore } from './lease.ts';
export type { LookUpAnswer, Rail, Refusal } from './port.ts';
