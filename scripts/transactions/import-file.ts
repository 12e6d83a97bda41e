import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import type { Import } from '../../client/index.ts';
import { clientOf, type Endpoints, Unexpected } from '../endpoints.ts';
import { download } from '../settlement/links.ts';

export type Stage = 'uploading' | 'importing';
/** @param percent of this stage */
export type OnProgress = (stage: Stage, percent: number) => void;

const POLL_MS = 100;
const FORMATS: Readonly<Record<string, Import['format']>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' };

/**
 * Uploads a CSV or JSON Lines file. The bucket notifies the service, which imports it.
 * @returns the id of the import
 */
export async function upload(at: Endpoints, file: string, onProgress: OnProgress = () => {}): Promise<string> {
  const format = FORMATS[extname(file).toLowerCase()];
  if (!format) throw new Unexpected(`${file}: the name must end in .csv or .jsonl`);
  const { size } = await stat(file);
  if (size === 0) throw new Unexpected(`${file} is empty`);
  const begun = await clientOf(at).imports.create({ format });
  let sent = 0;
  const counting = new Transform({
    transform(piece: Buffer, _encoding, done) {
      sent += piece.length;
      onProgress('uploading', (100 * sent) / size);
      done(null, piece);
    },
  });
  const body = Readable.toWeb(createReadStream(file).pipe(counting));
  const request = { method: 'PUT', headers: { 'content-length': String(size) }, duplex: 'half', body };
  const answer = await fetch(begun.upload_url, request as RequestInit);
  if (!answer.ok) throw new Unexpected(`The upload was answered ${answer.status} ${await answer.text()}`);
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
