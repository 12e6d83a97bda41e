import { createHash } from 'node:crypto';
import type { Endpoints } from '../client.ts';
import { Unexpected } from '../client.ts';
import { download, SettlementClient } from '../settlement/client.ts';
import type { FileRead } from './settlement-checks.ts';

/** What the bucket has of a completed job. The file goes by piece by piece, and is never held. */
export async function readJobFile(at: Endpoints, id: string, lengths: readonly number[]) {
  const client = new SettlementClient(at);
  const answer = await fetch(await client.linkTo(id, '.csv'));
  if (!answer.ok && answer.status !== 404) throw new Unexpected(`The file of ${id} was answered with ${answer.status}`);
  const file = answer.ok && answer.body ? await digestOf(answer.body, lengths) : undefined;
  if (!answer.ok) await answer.body?.cancel();
  const manifest = await download(await client.linkTo(id, '.manifest.json'));
  return { file, manifest: manifest?.toString() };
}

/** @param lengths of pieces, one after the other; what is left over belongs to none */
export async function digestOf(content: AsyncIterable<Uint8Array>, lengths: readonly number[]): Promise<FileRead> {
  const whole = createHash('sha256');
  const pieces: string[] = [];
  let bytes = 0;
  let piece = createHash('sha256');
  let missing = lengths[0] ?? 0;
  const next = () => {
    pieces.push(piece.digest('hex'));
    piece = createHash('sha256');
    missing = lengths[pieces.length] ?? 0;
  };
  const fill = () => {
    while (missing === 0 && pieces.length < lengths.length) next();
  };
  for await (const part of content) {
    whole.update(part);
    bytes += part.length;
    fill();
    for (let at = 0; at < part.length && pieces.length < lengths.length; fill()) {
      const some = part.subarray(at, at + missing);
      piece.update(some);
      missing -= some.length;
      at += some.length;
    }
  }
  fill();
  if (pieces.length < lengths.length) next(); // it ends in the middle of this one
  return { bytes, sha256: whole.digest('hex'), pieces };
}
