import { type Import, uploadKey } from '../imports/index.ts';
import { followOrder, type UploadOrder } from '../payouts/index.ts';
import type { UploadDeps } from './ports.ts';
import { batchIdsOf, type UploadWork, workOf, workText } from './upload.ts';
import { writeReport } from './write-report.ts';

/**
 * Brings all batches to the status that their upload wants. Every step is repeatable. If the upload has changed since it was
 * read, all steps are repeated.
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
  if (order && !work.followed) {
    for (const id of batchIdsOf(one, { andNext: order.wanted === 'drop' })) {
      // Only a message that changed something may leave the rest to the next one, so that each one gets further.
      if ((await followOrder(deps.payouts, id, order)) && deps.now() > until) return again();
    }
  }
  let { report } = work;
  if (report && !report.ready) {
    if (!(await writeReport(deps, one, report.key, until))) return again();
    report = { ...report, ready: true };
  }
  const after: UploadWork = { ...work, followed: order !== undefined, report };
  const isClosed = await deps.imports.changeWork(one, { work: workText(after) }, { isOpen: false });
  return isClosed ? 'finished' : again();
}

/** @returns undefined if its batches wait for its approval */
function orderOf({ status }: Import, { phase, wanted, requests, reason = '' }: UploadWork): UploadOrder | undefined {
  const of = { number: requests + 1, reason }; // the release is the first one
  if (status === 'FAILED' || phase === 'dropped') return { ...of, wanted: 'drop' };
  if (phase === 'held') return undefined;
  return { ...of, wanted: wanted === 'none' ? 'release' : wanted };
}
