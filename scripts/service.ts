import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../localstack/embedded/ports.ts';
import { type Endpoints, endpointsOf } from './client.ts';

const START = join(import.meta.dirname, '../localstack/embedded/start.ts');
const PATIENCE_MS = 60_000;

/** `npm start` as a child, with ports and a data directory of its own, so that it clashes with no other. */
export class ServiceProcess {
  readonly #dataDir: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;

  private constructor(dataDir: string, env: Readonly<Record<string, string>>) {
    this.#dataDir = dataDir;
    this.#env = env;
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  static async at(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
    return new ServiceProcess(dataDir, {
      ...env,
      SLUICE_DATA_DIR: dataDir,
      SLUICE_PORT: String(await freePort()),
      SLUICE_AWS_PORT: String(await freePort()),
      SLUICE_BANK_PORT: String(await freePort()),
    });
  }

  /** @returns where it is, as soon as it is ready. @throws Error with its output if it ends before */
  async start(env: Readonly<Record<string, string>> = {}): Promise<Endpoints> {
    const ready = join(this.#dataDir, 'endpoints.json');
    rmSync(ready, { force: true }); // one that was killed could not take it back
    const child = spawn(process.execPath, [START], {
      env: { ...process.env, ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output = (output + text).slice(-4_000);
      });
    }
    for (const deadline = Date.now() + PATIENCE_MS; !existsSync(ready); await setTimeout(10)) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`The service did not start:\n${output}`);
    }
    return endpointsOf(this.#dataDir);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** SIGKILL. Its database, its functions and the mock bank die with it. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ctrl-C. @returns the exit code */
  async stop(): Promise<number | null> {
    await this.#end('SIGINT');
    return this.#child?.exitCode ?? null;
  }

  async #end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
