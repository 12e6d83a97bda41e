import type { Import } from '../../client/index.ts';
import { clientOf, type Endpoints, Unexpected } from '../endpoints.ts';
import { download } from '../settlement/links.ts';
import { localFile, putFile } from '../uploads.ts';

export type Stage = 'uploading' | 'importing';
/** @param percent of this stage */
export type OnProgress = (stage: Stage, percent: number) => void;

const POLL_MS = 100;

/**
 * Uploads a CSV or JSON Lines file. The bucket notifies the service, which imports it.
 * @returns the id of the import
 */
export async function upload(at: Endpoints, file: string, onProgress: OnProgress = () => {}): Promise<string> {
  const found = await localFile(file);
  const begun = await clientOf(at).imports.create({ format: found.format });
  await putFile(begun.upload_url, found, (percent) => onProgress('uploading', percent));
  return begun.import_id;
}

/** Polls the import until it has ended. */
export function finished(at: Endpoints, id: string, onProgress: OnProgress = () => {}): Promise<Import> {
  return clientOf(at).imports.waitFor(id, {
    timeoutMs: Number.POSITIVE_INFINITY,
    pollMs: POLL_MS,
    onProgress: ({ progress }) => onProgress('importing', progress),
  });
}

/** @throws Unexpected if a row was rejected or the file cannot be read */
export async function importFile(at: Endpoints, file: string): Promise<Import> {
  const done = await finished(at, await upload(at, file));
  if (done.status === 'FAILED') throw new Unexpected(done.error ?? 'The import failed.');
  if (done.rejected > 0) throw new Unexpected(`${done.rejected} rows were rejected.`);
  return done;
}

/** The report of rejected rows: lines of `line,id,path,reason`. */
export async function rejectedRows(at: Endpoints, id: string): Promise<string> {
  return `${await download(await clientOf(at).imports.rejected(id))}`;
}
