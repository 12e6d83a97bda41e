import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { BadInput, Unexpected } from './endpoints.ts';

const FORMATS = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' } as const;
type Format = (typeof FORMATS)[keyof typeof FORMATS];

/** A file that a command uploads. */
export type LocalFile = { readonly path: string; readonly format: Format; readonly bytes: number };

/** @throws BadInput if there is no such file, if it is empty, or if its name does not tell its format */
export async function localFile(path: string): Promise<LocalFile> {
  const format = (FORMATS as Readonly<Record<string, Format>>)[extname(path).toLowerCase()];
  if (!format) throw new BadInput(`${path}: the name must end in .csv or .jsonl`);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new BadInput(`${path} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
  });
  if (!found.isFile()) throw new BadInput(`${path} is not a file`);
  if (found.size === 0) throw new BadInput(`${path} is empty`);
  return { path, format, bytes: found.size };
}

/** The connection broke, or the link was refused. The file may have arrived, without its answer. */
export class BrokenUpload extends Unexpected {}

/** Sends a file to the link of an upload. @throws BrokenUpload */
export async function putFile(url: string, { path, bytes }: LocalFile, onPercent = (_: number) => {}): Promise<void> {
  let sent = 0;
  const counting = new Transform({
    transform(piece: Buffer, _encoding, done) {
      sent += piece.length;
      onPercent((100 * sent) / bytes);
      done(null, piece);
    },
  });
  const body = Readable.toWeb(
    createReadStream(path)
      .on('error', (error) => counting.destroy(error))
      .pipe(counting),
  );
  const request = { method: 'PUT', headers: { 'content-length': String(bytes) }, duplex: 'half', body };
  const answer = await fetch(url, request as RequestInit).catch(({ cause, message }: Error) => {
    const reason = cause instanceof Error ? cause.message : message;
    throw new BrokenUpload(`The upload broke after ${sent} of ${bytes} bytes: ${reason}.`);
  });
  if (!answer.ok) throw new BrokenUpload(`The upload was answered ${answer.status} ${await answer.text()}.`);
}
