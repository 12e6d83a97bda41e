import { type ApprovalWrite, cancelApproval } from '../access/index.ts';
import { createImport, existing, failImport, type Import, type ImportId } from '../imports/index.ts';
import { AppError, contended } from '../kernel/errors.ts';
import type { UploadDeps } from './ports.ts';
import type { UploadRequest } from './schemas.ts';
import { type UploadWork, workOf, workText } from './upload.ts';
import { uploadRequested } from './upload-events.ts';

/** Creates an upload and the link for its file. */
export function createUpload(deps: UploadDeps, { format, autoStart, ...options }: UploadRequest) {
  const work: UploadWork = {
    ...options,
    principal: deps.principal(),
    phase: 'held',
    wanted: autoStart ? 'start' : 'none',
    requests: 0,
    followed: false,
  };
  return createImport(deps, format, workText(work));
}

/**
 * Starts or stops all batches. The request is stored; then a worker starts or stops one batch after the other.
 * @throws AppError NOT_FOUND; INVALID_STATE its batches are not stored, not approved, or dropped
 */
export function requestForAll(deps: UploadDeps, id: ImportId, wanted: 'start' | 'stop'): Promise<Import> {
  return change(deps, id, (one, work) => {
    if (work.phase !== 'released') throw notNow(one, wanted === 'start' ? 'started' : 'stopped');
    if (work.wanted === 'cancel') throw new AppError('INVALID_STATE', { message: 'The upload is cancelled.' });
    if (work.wanted === wanted && !work.followed) return undefined; // it is being followed
    return { work: { ...work, wanted, requests: work.requests + 1, followed: false } };
  });
}

/**
 * Cancels what was not sent, of all batches. An upload that is not stored whole is given up. One that waits for approval waits
 * no more, with all of its batches. Repeatable: the first request has the effect.
 * @throws AppError NOT_FOUND; INVALID_STATE the file was refused, or the upload was not approved
 */
export async function cancelUpload(deps: UploadDeps, id: ImportId, reason: string): Promise<Import> {
  const one = await existing(deps, id);
  if (one.status === 'AWAITING_UPLOAD' || one.status === 'RUNNING') {
    const failed = await failImport(deps, id, `Cancelled: ${reason}`);
    await deps.queue.send([{ importId: id }]);
    if (failed.status === 'FAILED') return failed; // otherwise it has been stored whole since
  }
  return change(deps, id, async (now, work) => {
    if (work.wanted === 'cancel') return undefined;
    if (now.status === 'FAILED' || work.phase === 'dropped') throw notNow(now, 'cancelled');
    const next = { ...work, wanted: 'cancel', reason, requests: work.requests + 1, followed: false } as const;
    if (work.phase === 'released' || !work.approval) return { work: next };
    const approval = await cancelApproval(deps.payouts, work.approval.id);
    return approval ? { work: { ...next, phase: 'dropped' }, approval } : 'again'; // it has been decided since
  });
}

/** Requests a report of all payouts, with their statuses when it is written. @throws AppError NOT_FOUND; INVALID_STATE nothing is stored yet */
export function requestReport(deps: UploadDeps, id: ImportId): Promise<Import> {
  return change(deps, id, (one, work) => {
    if (one.status !== 'COMPLETED') throw notNow(one, 'reported');
    if (work.report && !work.report.ready) return undefined; // it is being written
    return { work: { ...work, report: { key: `imports/${id}/report-${deps.now()}.csv`, ready: false } } };
  });
}

/** @throws AppError NOT_FOUND; INVALID_STATE there is no report yet */
export async function linkToUploadReport(deps: UploadDeps, id: ImportId): Promise<string> {
  const { report } = workOf(await existing(deps, id));
  if (report?.ready) return deps.files.link(report.key, `${id}.csv`);
  const message = report ? 'The report is being written.' : 'No report was requested: POST to this path.';
  throw new AppError('INVALID_STATE', { message, ...(report ? { retryAfter: 2 } : {}) });
}

const TRIES = 5;

/** `again`: the stored items have changed since they were read. */
type Next = { readonly work: UploadWork; readonly approval?: ApprovalWrite } | 'again' | undefined;

/** Stores the change with its event, then sends a message for it. If it dies in between, recovery sends one. */
async function change(
  deps: UploadDeps,
  id: ImportId,
  nextOf: (one: Import, work: UploadWork) => Next | Promise<Next>,
): Promise<Import> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const one = await existing(deps, id);
    const before = workOf(one);
    const next = await nextOf(one, before);
    if (next === 'again') continue;
    const { work = before, approval } = next ?? {};
    const changed = { work: workText(work), touchedAt: deps.now() };
    const event = work.requests > before.requests ? { event: uploadRequested(deps, id, work) } : {};
    const along = { isOpen: true, ...event, ...(approval ? { approval } : {}) };
    if (await deps.imports.changeWork(one, changed, along)) {
      await deps.queue.send([{ importId: id }]);
      return { ...one, ...changed };
    }
  }
  throw contended();
}

function notNow({ status }: Import, done: string): AppError {
  const message =
    status === 'COMPLETED'
      ? `The upload waits for approval, or was rejected: it cannot be ${done}.`
      : `The upload is not stored whole: it cannot be ${done}.`;
  return new AppError('INVALID_STATE', { message });
}
