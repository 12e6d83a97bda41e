import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { call, count, type Endpoints, Unexpected } from '../client.ts';

const begunSchema = z.object({ import_id: z.string(), upload_url: z.string() });
const importSchema = z.object({
  import_id: z.string(),
  status: z.enum(['AWAITING_UPLOAD', 'RUNNING', 'COMPLETED', 'FAILED']),
  progress: count,
  rows: count,
  stored: count,
  unchanged: count,
  rejected: count,
  error: z.string().optional(),
});

export type Import = z.infer<typeof importSchema>;
export type Stage = 'uploading' | 'importing';
/** @param percent of this stage */
export type OnProgress = (stage: Stage, percent: number) => void;

const POLL_MS = 100;

/**
 * Uploads a CSV or JSON Lines file. The bucket notifies the service, which imports it.
 * @returns the id of the import
 */
export async function upload(at: Endpoints, file: string, onProgress: OnProgress = () => {}): Promise<string> {
  const format = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' }[extname(file).toLowerCase()];
  if (!format) throw new Unexpected(`${file}: the name must end in .csv or .jsonl`);
  const { size } = await stat(file);
  if (size === 0) throw new Unexpected(`${file} is empty`);
  const begun = await api(at, 'POST', '/transactions/imports', begunSchema, { format });
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
export async function finished(at: Endpoints, id: string, onProgress: OnProgress = () => {}): Promise<Import> {
  for (;;) {
    const one = await api(at, 'GET', importPath(id), importSchema);
    onProgress('importing', one.progress);
    if (one.status === 'COMPLETED' || one.status === 'FAILED') return one;
    await setTimeout(POLL_MS);
  }
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
  const answer = await fetch(`${at.api}${importPath(id)}/rejected.csv`, { headers: { 'X-API-Key': at.apiKey } });
  if (!answer.ok) throw new Unexpected(`The report was answered ${answer.status}`);
  return answer.text();
}

const importPath = (id: string) => `/transactions/imports/${encodeURIComponent(id)}`;

function api<Schema extends z.ZodType>(at: Endpoints, method: string, path: string, schema: Schema, body?: object) {
  return call(method, `${at.api}${path}`, schema, { 'X-API-Key': at.apiKey }, body);
}
