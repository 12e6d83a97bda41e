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
  numberOf,
  referenceForNext,
  referenceWith,
  unchanged,
} from './attempt.ts';
export { type CircuitStore, type CircuitView, RAILS, readCircuits } from './circuit.ts';
export { type EpochDeps, epochApplies } from './epoch.ts';
export { callEntries, explainCalls, numbersBefore } from './explain-calls.ts';
export { type Call, type History, listingCalls, NO_HISTORY, withExecution } from './history.ts';
export { isLeased, type Lease, lastsFor, pauseBefore } from './lease.ts';
export type { LookUpAnswer, Rail, Refusal } from './port.ts';
