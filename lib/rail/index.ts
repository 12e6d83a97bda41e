/** What other domains use to send instructions to the outside. */
export {
  type Attempt,
  type AttemptLimit,
  type AttemptOutcome,
  firstReference,
  learn,
  referenceForNext,
} from './attempt.ts';
export { executeAttempt } from './execute-attempt.ts';
export { isLeased, type Lease, lastsFor } from './lease.ts';
export { lostAmong, pauseBefore } from './pacing.ts';
export type { Bank, LookUpAnswer, Refusal, SendAnswer } from './port.ts';
