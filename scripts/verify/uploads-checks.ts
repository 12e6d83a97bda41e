import { type Approval, contentDigest } from '../../lib/access/approval.ts';
import type { Import } from '../../lib/imports/import.ts';
import { type Batch, type BatchStatus, isFinished } from '../../lib/payouts/batch.ts';
import { batchIdsOf, passOf, type UploadWork, workOf } from '../../lib/uploads/upload.ts';
import { type Difference, differencesOf, unequal } from './difference.ts';

export const UPLOADS_CHECKS = {
  rows: 'each row of an upload is stored, a duplicate or rejected, and its batches have those that are stored',
  batches: 'each upload has the batches that it has stored, and no other batch names it',
  unsent: 'no batch has started before its upload was released, and none can start if the upload was refused',
  orders: 'no batch does anything else than its upload last asked for, unless it was asked itself since',
  approvals:
    'an upload that needs an approval has one over the content of all its batches, and is released only with it',
  files: 'no file is left of an upload that is stored or refused',
} as const;
export type UploadsCheck = keyof typeof UPLOADS_CHECKS;

/** What is stored of one upload. */
export type UploadFacts = {
  readonly one: Import;
  /** Those that name it. */
  readonly batches: readonly Batch[];
  readonly approval: Approval | undefined;
  /** Whether the bucket has its file, and no message is needed to delete it. */
  readonly hasFile: boolean;
};

const UNSENT: readonly BatchStatus[] = ['creating', 'discarding', 'held'];
const DROPPED: readonly BatchStatus[] = ['discarding', 'rejected'];

export function differencesInUpload({ one, batches, approval, hasFile }: UploadFacts): Difference<UploadsCheck>[] {
  const { id, status, checkpoint } = one;
  const work = workOf(one);
  const differ = differencesOf<UploadsCheck>(id, `upload ${id}, ${status}, ${work.phase}`);
  const isStored = status === 'COMPLETED';
  const listed = new Set<string>(batchIdsOf(one, { andNext: !isStored }));
  const found = new Set<string>(batches.map((batch) => batch.id));
  const { rows, stored, unchanged, rejected } = checkpoint;
  const total = batches.reduce((sum, batch) => sum + batch.total, 0);
  const isStoring = passOf(checkpoint).name === 'store';
  return [
    ...differ('rows', [
      ...(isStoring ? unequal('rows stored, duplicate or rejected', rows, stored + unchanged + rejected) : []),
      ...(isStored ? unequal('payouts in its batches', stored, total) : []),
    ]),
    ...differ('batches', [
      ...batchIdsOf(one).flatMap((batch) => (found.has(batch) ? [] : [`has no batch ${batch}`])),
      ...[...found].flatMap((batch) => (listed.has(batch) ? [] : [`does not have the batch ${batch}, which names it`])),
    ]),
    ...differ('unsent', status === 'FAILED' || work.phase !== 'released' ? sent(one, work, batches) : []),
    ...differ('orders', work.phase === 'released' && work.followed ? disobedient(work, batches) : []),
    ...differ('approvals', isStored ? differencesInApproval(one, work, batches, approval) : []),
    ...differ('files', hasFile && (isStored || status === 'FAILED') ? ['its file is still in the bucket'] : []),
  ];
}

const named = ({ id, status }: Batch) => `the batch ${id} is ${status}`;

function sent({ status }: Import, { phase, followed }: UploadWork, batches: readonly Batch[]): string[] {
  const isDropped = status === 'FAILED' || phase === 'dropped';
  const allowed = isDropped ? [...DROPPED, ...(followed ? [] : UNSENT)] : UNSENT;
  return batches.filter((batch) => !allowed.includes(batch.status)).map(named);
}

function disobedient({ wanted, requests }: UploadWork, batches: readonly Batch[]): string[] {
  const isLeft = ({ status }: Batch) => UNSENT.includes(status) || status === 'rejected';
  const againstIt = (batch: Batch): boolean => {
    if (isFinished(batch.status)) return false;
    if (isLeft(batch)) return true;
    if ((batch.uploadOrder ?? 0) > requests) return false; // it has followed the order; requests for this batch alone may have changed it since
    if (wanted === 'cancel') return !batch.cancellation; // its failures may have been retried since
    return wanted === 'stop' ? batch.status === 'in_progress' : wanted === 'start' && batch.status === 'created';
  };
  return batches.filter(againstIt).map((batch) => `wants ${wanted}, request ${requests}, but ${named(batch)}`);
}

function differencesInApproval(
  one: Import,
  { phase, approval: need }: UploadWork,
  batches: readonly Batch[],
  approval: Approval | undefined,
): string[] {
  const own = batches.filter((batch) => batch.approval).map(({ id }) => `the batch ${id} has an approval of its own`);
  const needed = unequal('approval', passOf(one.checkpoint).approval?.id, need?.id);
  if (!need) return [...own, ...needed];
  if (!approval) return [...own, ...needed, `has no approval ${need.id}`];
  const digests = batches.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ digest }) => digest);
  const ended = { held: ['waiting'], released: ['approved'], dropped: ['rejected', 'lapsed', 'cancelled'] }[phase];
  return [
    ...own,
    ...needed,
    ...unequal('subject of its approval', one.id, approval.subject),
    ...unequal('digest of its approval', contentDigest('batch', one.id, ...digests), approval.digest),
    ...(ended.includes(approval.status) ? [] : [`its approval is ${approval.status}`]),
  ];
}
