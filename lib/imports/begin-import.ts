import { AppError, orNotFound } from '../kernel/errors.ts';
import {
  BEGINNING,
  type Format,
  type Import,
  type ImportId,
  importId,
  parseImportId,
  parseUploadId,
  uploadId,
  uploadKey,
} from './import.ts';
import { importCreated, importStarted } from './import-events.ts';
import type { BeginDeps, ImportDeps } from './ports.ts';

export type CreatedImport = { readonly one: Import; readonly uploadUrl: string; readonly expiresAt: string };

/** Creates an import and the link for the upload of its file. @param work of an upload of payouts */
export async function createImport(deps: BeginDeps, format: Format, work?: string): Promise<CreatedImport> {
  const now = deps.now();
  const one: Import = {
    id: work === undefined ? importId(deps.newId()) : uploadId(deps.newId()),
    status: 'AWAITING_UPLOAD',
    format,
    createdAt: new Date(now).toISOString(),
    touchedAt: now,
    checkpoint: BEGINNING,
    ...(work === undefined ? {} : { work }),
  };
  await deps.imports.insert(one, importCreated(deps, one));
  const uploadUrl = await deps.files.uploadLink(uploadKey(one.id));
  return { one, uploadUrl, expiresAt: new Date(now + deps.policy.uploadWithinMs).toISOString() };
}

/**
 * Starts an uploaded import at once, instead of within a minute. It changes nothing if the import has started. If it dies before
 * it sends the message, recovery sends another one.
 */
export async function startImport(deps: BeginDeps, id: ImportId): Promise<Import> {
  const one = await existing(deps, id);
  if (one.status !== 'AWAITING_UPLOAD') return one;
  const started = await beginImport(deps, id);
  if (!started) throw new AppError('INVALID_STATE', { message: 'Nothing has been uploaded yet.' });
  await deps.queue.send([{ importId: id }]);
  return started;
}

/** @returns undefined if nothing has been uploaded yet */
export async function beginImport(deps: BeginDeps, id: ImportId): Promise<Import | undefined> {
  const file = await deps.files.find(uploadKey(id));
  const event = file && importStarted(deps, id, file.bytes);
  return event && deps.imports.move(id, 'RUNNING', { ...file, touchedAt: deps.now() }, { event, isOpen: true });
}

/** The import that a path names. @throws AppError NOT_FOUND if no import can have this id */
export function importIdOf(text: string): ImportId {
  return orNotFound(parseImportId(text), 'There is no such import.');
}

/** The upload of payouts that a path names. @throws AppError NOT_FOUND if no upload can have this id */
export function uploadIdOf(text: string): ImportId {
  return orNotFound(parseUploadId(text), 'There is no such upload.');
}

/** @throws AppError NOT_FOUND */
export async function existing(deps: Pick<ImportDeps, 'imports'>, id: ImportId): Promise<Import> {
  return orNotFound(await deps.imports.read(id), 'There is no such import.');
}

/** @throws AppError NOT_FOUND the import is not finished, or it rejected no row */
export async function linkToReport(deps: Pick<ImportDeps, 'imports' | 'files'>, id: ImportId): Promise<string> {
  const { report, status } = await existing(deps, id);
  if (report) return deps.files.link(report, `rejected-${id}.csv`);
  throw new AppError('NOT_FOUND', { message: `The import is ${status}: it has no report of rejected rows.` });
}
