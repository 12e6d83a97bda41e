import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '../..');

/** The exit code, and standard output followed by standard error. */
export type Ran = { readonly code: number | null; readonly output: string };
type At = { readonly dataDir: string; readonly env?: Readonly<Record<string, string>> };

/**
 * Runs a script of this project with the service of a data directory. Not with spawnSync: the service closes idle connections, and a
 * blocked process does not notice that.
 */
export async function runScript({ dataDir, env }: At, script: string, ...args: string[]): Promise<Ran> {
  // The AWS of another file that this process has run is none of the service.
  const { AWS_ENDPOINT_URL: _, AWS_ENDPOINT_URL_DYNAMODB: __, ...own } = process.env;
  const all = { ...own, SLUICE_DATA_DIR: dataDir, ...env };
  const child = spawn(process.execPath, [join(ROOT, script), ...args], { env: all });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, output: out + errors };
}

export const runVerify = (at: At, ...args: string[]) => runScript(at, 'scripts/verify/main.ts', ...args);
