import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Service } from './service.ts';

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };
type Options = {
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all that was written to standard error so far. */
  readonly onError?: (text: string) => void;
};

export const SLUICE = join(import.meta.dirname, '../../cli/sluice.mjs');

/** Runs the `sluice` command as a user does, with any Node.js. It writes files into the data directory. */
export function runSluice({ dataDir }: Service, args: readonly string[], { env, onError }: Options = {}): Promise<Ran> {
  const options = { cwd: dataDir, env: { ...process.env, SLUICE_DATA_DIR: dataDir, ...env } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SLUICE, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    let text = '';
    child.stderr?.on('data', (piece) => {
      text += piece;
      onError?.(text);
    });
  });
}
