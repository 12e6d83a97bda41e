/** What uploads use of payouts. */
export { payoutCounts } from './answers.ts';
export { askedPayments } from './approve-batch.ts';
export { BATCH_STATUSES, type Batch, finalStatus, isFinished, releasedAt } from './batch.ts';
export { cancelRequest, MAX_PAYOUTS } from './batch-request.ts';
export { cancelBatch } from './cancel-batch.ts';
export { addCounts, addSums, type Counts } from './chunk.ts';
export { DUPLICATES, type Duplicates } from './claim.ts';
export { createBatch } from './create-batch.ts';
export type { BatchId } from './ids.ts';
export type { Instruction } from './payout.ts';
export type { PayoutDeps } from './ports.ts';
export { readAllPayouts } from './read-batches.ts';
export { reportCsv } from './report.ts';
export { readInstruction } from './request-entry.ts';
export { startBatch } from './start-batch.ts';
export { stopBatch } from './stop-batch.ts';
export { countsView } from './view.ts';
