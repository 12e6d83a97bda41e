import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { descendantsOf, endingAtSignals } from '../processes.ts';

/** Runs `work` with a folder for temporary files of all its processes. Then, also after a signal, kills these and removes the folder. */
export async function inTemporaryFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-deployed-'));
  process.env.TMPDIR = folder;
  const end = () => {
    for (const pid of descendantsOf(process.pid).toReversed()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has already ended.
      }
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return endingAtSignals(end, () => work(folder).finally(end));
}
