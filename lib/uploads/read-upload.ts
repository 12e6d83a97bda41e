import { existing, type Import, type ImportId } from '../imports/index.ts';
import {
  addCounts,
  BATCH_STATUSES,
  type Batch,
  type BatchStatus,
  type Counts,
  finalStatus,
  isFinished,
} from '../payouts/index.ts';
import type { UploadDeps } from './ports.ts';
import { batchesOf } from './store-upload.ts';
import { passOf, workOf } from './upload.ts';

/**
 * - `awaiting_upload`, `checking`, `storing`: its file is not stored whole.
 * - `refused`: nothing of it was or will be sent, also if some batches were stored.
 * - The others follow from the statuses of its batches.
 */
export const UPLOAD_STATUSES = [
  ...(['awaiting_upload', 'checking', 'storing', 'refused'] as const),
  ...BATCH_STATUSES.filter(isShown),
];
export type UploadStatus = (typeof UPLOAD_STATUSES)[number];

type Hidden = 'creating' | 'discarding' | 'held' | 'scheduled';
function isShown(status: BatchStatus): status is Exclude<BatchStatus, Hidden> {
  return !(['creating', 'discarding', 'held', 'scheduled'] satisfies Hidden[] as BatchStatus[]).includes(status);
}

export type ShownUpload = {
  readonly one: Import;
  readonly status: UploadStatus;
  readonly batches: readonly Batch[];
  /** Of the batches that have ended. */
  readonly counts: Counts;
  /** Payouts of the other batches. */
  readonly open: number;
};

/** Two reads: the upload, and the headers of its batches. @throws AppError NOT_FOUND */
export async function readUpload(deps: UploadDeps, id: ImportId): Promise<ShownUpload> {
  return show(deps, await existing(deps, id));
}

export async function show({ payouts }: Pick<UploadDeps, 'payouts'>, one: Import): Promise<ShownUpload> {
  const batches = passOf(one.checkpoint).batches === 0 ? [] : await batchesOf(payouts, one);
  const counts = addCounts(batches.flatMap(({ finalCounts, status }) => (isFinished(status) && finalCounts) || []));
  const isOpen = ({ status }: Batch) => !isFinished(status) && status !== 'rejected';
  const open = batches.reduce((sum, batch) => sum + (isOpen(batch) ? batch.total : 0), 0);
  return { one, batches, counts, open, status: statusOf(one, batches, counts) };
}

function statusOf(one: Import, batches: readonly Batch[], counts: Counts): UploadStatus {
  switch (one.status) {
    case 'AWAITING_UPLOAD':
      return 'awaiting_upload';
    case 'RUNNING':
      return passOf(one.checkpoint).name === 'check' ? 'checking' : 'storing';
    case 'FAILED':
      return 'refused';
    case 'COMPLETED':
      return statusOfStored(one, batches, counts);
  }
}

function statusOfStored(one: Import, batches: readonly Batch[], counts: Counts): UploadStatus {
  const { phase, wanted, followed } = workOf(one);
  if (phase === 'held') return 'awaiting_approval';
  if (phase === 'dropped') return wanted === 'cancel' ? 'cancelled' : 'rejected';
  const has = (status: Batch['status']) => batches.some((batch) => batch.status === status);
  if (batches.every(({ status }) => isFinished(status))) {
    const total = batches.reduce((sum, batch) => sum + batch.total, 0);
    return finalStatus(counts, total) ?? 'partially_completed';
  }
  if (has('cancelling')) return 'cancelling';
  if (has('in_progress') || (wanted === 'start' && !followed)) return 'in_progress';
  if (has('stopping')) return 'stopping';
  return has('stopped') ? 'stopped' : 'created';
}
