/** What uploads use of payouts. */
export { payoutCounts } from './answers.ts';
export { askedPayments } from './approve-batch.ts';
export { BATCH_STATUSES, type Batch, type BatchStatus, finalStatus, isFinished } from './batch.ts';
export { cancelRequest, MAX_PAYOUTS } from './batch-request.ts';
export { addCounts, addSums, type Counts } from './chunk.ts';
export { DUPLICATES, type Duplicates } from './claim.ts';
export { createBatch } from './create-batch.ts';
export { followOrder, type UploadOrder } from './follow-order.ts';
export type { BatchId } from './ids.ts';
export type { Instruction } from './payout.ts';
export type { PayoutDeps } from './ports.ts';
export { readAllPayouts } from './read-batches.ts';
export { rejectedCsv } from './rejected-csv.ts';
export { ON_INVALID, type OnInvalid, type RejectedRow, rowsOfText, rowsToText } from './rejected-row.ts';
export { reportCsv } from './report.ts';
export { fieldsOf, readInstruction } from './request-entry.ts';
export { duplicates, options, refuseClaimsWithoutCheck } from './request-options.ts';
export { countsView } from './view.ts';
