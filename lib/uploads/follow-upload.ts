import { type Import, uploadKey } from '../imports/index.ts';
import { type BatchId, cancelBatch, isFinished, releasedAt, startBatch, stopBatch } from '../payouts/index.ts';
import type { UploadDeps } from './ports.ts';
import { batchIdsOf, type UploadWork, workOf, workText } from './upload.ts';
import { writeReport } from './write-report.ts';

/** What the batches of an upload have to do. */
type Order = 'wait' | 'drop' | 'release' | 'start' | 'stop' | 'cancel';

/**
 * Brings all batches to where their upload is. Every step is repeatable, so the whole is. An upload that was changed meanwhile
 * is followed again.
 */
export async function followUpload(deps: UploadDeps, one: Import): Promise<'finished' | 'continued'> {
  const until = deps.now() + deps.policy.sliceMs;
  await deps.files.removeAll(uploadKey(one.id)); // it has accounts in plain, and nothing reads it any more
  const again = async () => {
    await deps.queue.send([{ importId: one.id }]);
    return 'continued' as const;
  };
  const work = workOf(one);
  const order = orderOf(one, work);
  if (order !== 'wait' && !work.followed) {
    for (const id of batchIdsOf(one, { andNext: order === 'drop' })) {
      // Only a message that changed something may leave the rest to the next one, so that each one gets further.
      if ((await giveOrder(deps, id, order, work)) && deps.now() > until) return again();
    }
  }
  let { report } = work;
  if (report && !report.ready) {
    if (!(await writeReport(deps, one, report.key, until))) return again();
    report = { ...report, ready: true };
  }
  const after: UploadWork = { ...work, followed: order !== 'wait', report };
  const isClosed = await deps.imports.changeWork(one, { work: workText(after) }, { isOpen: false });
  return isClosed ? 'finished' : again();
}

function orderOf({ status }: Import, { phase, wanted }: UploadWork): Order {
  if (status === 'FAILED' || phase === 'dropped') return 'drop';
  if (phase === 'held') return 'wait';
  return wanted === 'none' ? 'release' : wanted;
}

/** @returns whether it changed the batch */
async function giveOrder(
  { payouts, now }: UploadDeps,
  id: BatchId,
  order: Order,
  { reason = '' }: UploadWork,
): Promise<boolean> {
  const batch = await payouts.batches.read(id);
  if (!batch || isFinished(batch.status) || ['rejected', 'cancelling'].includes(batch.status)) return false;
  if (order === 'drop') {
    return (await payouts.batches.drop(id, now(), releasedAt(batch, new Map()))).done;
  }
  const isHeld = batch.status === 'held';
  if (isHeld) await payouts.batches.release(id);
  const isRunning = batch.status === 'in_progress';
  if (order === 'cancel') await cancelBatch(payouts, id, reason);
  else if (order === 'start' && !isRunning) await startBatch(payouts, id);
  else if (order === 'stop' && isRunning) await stopBatch(payouts, id);
  else return isHeld;
  return true;
}
