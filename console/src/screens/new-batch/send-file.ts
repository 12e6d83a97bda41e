import { toJson } from '../../../../client/index.ts';
import { api } from '../../api.ts';
import { entryOf, type Kind, type Mapping } from './fields.ts';
import type { Table } from './read-file.ts';

/** The file was not stored whole. `uploadId`: it is not known whether it was. */
export class BrokenUpload extends Error {
  readonly uploadId: string | undefined;

  constructor(message: string, uploadId?: string) {
    super(message);
    this.uploadId = uploadId;
  }
}

/** Where this page may send files: the bucket in its own security policy. Null: the stage allows no uploads from it. */
export async function uploadTarget(): Promise<string | null> {
  const { headers } = await fetch('/console/', { method: 'HEAD' });
  const [, sources = ''] = /connect-src ([^;]*)/.exec(headers.get('content-security-policy') ?? '') ?? [];
  return sources.split(' ').find((source) => source.endsWith('/imports/')) ?? null;
}

const ROWS_AT_ONCE = 5_000;

/** The rows as JSON Lines. The page stays responsive in between. */
export async function jsonLines({ rows }: Table, kind: Kind, mapping: Mapping): Promise<Blob> {
  const parts: string[] = [];
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const lines = rows.slice(start, start + ROWS_AT_ONCE).map((row) => `${toJson(entryOf(kind, mapping, row))}\n`);
    parts.push(lines.join(''));
    await new Promise((done) => setTimeout(done));
  }
  return new Blob(parts);
}

/**
 * Sends a file to the link of an upload.
 * @param onPercent of the bytes that are sent
 * @throws BrokenUpload if the file was not stored, or if this is not known
 */
export async function sendFile(
  { upload_id: id, upload_url: url }: { readonly upload_id: string; readonly upload_url: string },
  file: Blob,
  onPercent: (percent: number) => void,
): Promise<void> {
  const status = await put(url, file, onPercent);
  if (status === 200) return;
  const reason = status === 0 ? 'The connection broke.' : `The storage answered ${status}.`;
  // The whole file may have arrived, and only the answer may be lost. Then it must not be sent again.
  const left = await giveUp(id).catch(() => undefined);
  if (left === 'refused') throw new BrokenUpload(`${reason} Nothing of the file was stored or paid. Send it again.`);
  if (left === undefined) throw new BrokenUpload(`${reason} It is not known whether the file arrived.`, id);
}

/** Ends an upload without a file, so that its file cannot arrive late. @returns its status: `refused` if nothing has arrived */
async function giveUp(id: string): Promise<string> {
  const { status } = await api.uploads.get(id);
  if (status !== 'awaiting_upload') return status;
  return (await api.uploads.cancel(id, 'The upload of the file broke.', { attempts: 4 })).status;
}

/** `fetch` does not report how much it has sent. @returns the status, 0 without an answer */
function put(url: string, file: Blob, onPercent: (percent: number) => void): Promise<number> {
  const request = new XMLHttpRequest();
  request.upload.onprogress = ({ loaded, total }) => onPercent((100 * loaded) / total);
  return new Promise((resolve) => {
    request.onloadend = () => resolve(request.status);
    request.open('PUT', url);
    request.send(file);
  });
}
