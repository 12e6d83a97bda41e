import { type ImportId, uploadKey } from './import.ts';
import type { ImportDeps } from './ports.ts';

export type Recovered = { open: number; dispatched: number; expired: number };

/** Begins with uploads that nobody announced, and goes on with imports whose message is lost. */
export async function recoverImports(deps: ImportDeps): Promise<Recovered> {
  const recovered: Recovered = { open: 0, dispatched: 0, expired: 0 };
  for (const id of await deps.imports.listOpen()) {
    const what = await recoverImport(deps, id);
    recovered.open += 1;
    if (what !== 'left alone') recovered[what] += 1;
  }
  return recovered;
}

async function recoverImport(deps: ImportDeps, id: ImportId): Promise<'dispatched' | 'expired' | 'left alone'> {
  const [one, now] = [await deps.imports.read(id), deps.now()];
  if (!one) return 'left alone';
  if (one.status === 'AWAITING_UPLOAD') {
    if ((await deps.files.find(uploadKey(id))) === undefined) {
      if (now < Date.parse(one.createdAt) + 2 * deps.policy.uploadWithinMs) return 'left alone';
      await deps.imports.move(id, 'FAILED', { failure: 'No file was uploaded before the link expired.' });
      return 'expired';
    }
  } else if (one.status !== 'RUNNING') {
    return 'left alone';
  }
  // A file that has just come has not been dispatched by us before, so it need not wait.
  const isTouched = one.status === 'RUNNING' || one.touchedAt > Date.parse(one.createdAt);
  if (isTouched && now < one.touchedAt + deps.policy.lostAfterMs) return 'left alone';
  await deps.queue.send([{ importId: id }]);
  await deps.imports.touch(id, now);
  return 'dispatched';
}
