/** What domains use to recover what was interrupted. */
export { type DeadLetter, type DeadLetterDeps, recordDeadLetter } from './dead-letter.ts';
export type { PositionStore } from './ports.ts';
export { type Recovered, type Recovery, type RecoveryDeps, runRecovery } from './run-recovery.ts';
