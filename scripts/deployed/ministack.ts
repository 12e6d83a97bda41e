import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort, untilListening } from '../../localstack/embedded/ports.ts';
import { virtualEnvironment } from '../python.ts';

const ROOT = join(import.meta.dirname, '../..');
const REQUIREMENTS = join(import.meta.dirname, 'ministack.txt');
const START_WITHIN_MS = 60_000;

/** Installs MiniStack from PyPI, once. @returns the folder of its commands; undefined without Python */
export const installMiniStack = () => virtualEnvironment(join(ROOT, '.ministack'), REQUIREMENTS);

/** As docs/localstack.md names it. */
export const MINISTACK = `MiniStack ${/^ministack==(.*)$/m.exec(readFileSync(REQUIREMENTS, 'utf8'))?.[1]}`;

export type MiniStack = { readonly endpoint: string; readonly port: number; readonly pid: number };

/**
 * Starts MiniStack. It runs each concurrent invocation in a Node process of its own, which inherits `env`. All its data is below
 * `directory`.
 */
export async function startMiniStack(
  commands: string,
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<MiniStack> {
  const port = await freePort();
  const log = openSync(join(directory, 'ministack.log'), 'a');
  const child = spawn(join(commands, 'ministack'), [], {
    cwd: directory,
    stdio: ['ignore', log, log],
    env: {
      ...env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`, // functions need this Node
      HOME: directory,
      TMPDIR: directory,
      STATE_DIR: join(directory, 'state'),
      S3_DATA_DIR: join(directory, 's3'),
      GATEWAY_PORT: `${port}`,
      BIND_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0', // listens on a fixed port
    },
  });
  if (child.pid === undefined) throw new Error('MiniStack could not be started.');
  await untilListening(port, START_WITHIN_MS);
  return { endpoint: `http://127.0.0.1:${port}`, port, pid: child.pid };
}
