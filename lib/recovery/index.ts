/** What domains use to recover interrupted work. */
export { type DeadLetter, type DeadLetterDeps, type Delivery, recordDeadLetter } from './dead-letter.ts';
export { FACTOR_WHILE_BUSY, lostAmong } from './lost-among.ts';
export type { PositionStore } from './ports.ts';
export { type Count, endAll, type Recovered, type Recovery, runRecovery } from './run-recovery.ts';
