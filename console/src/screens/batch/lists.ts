import { type Batch, isFinished } from '../../../../client/index.ts';

/** Which lists of a batch are read, and how often. It changes only when the batch starts or ends, not with each payout. */
export type Lists = {
  readonly batchId: string;
  readonly isEnded: boolean;
  /** Lists are read again at once when it changes. */
  readonly version: string;
};

export const listsOf = (batch: Batch): Lists => ({
  batchId: batch.batch_id,
  isEnded: isFinished(batch),
  version: `${batch.status} ${batch.run}`,
});
