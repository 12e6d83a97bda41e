import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../localstack/embedded/ports.ts';
import { type Endpoints, endpointsOf } from './endpoints.ts';
import { descendantsOf, endingAtSignals, isRunning } from './processes.ts';

const LOCALSTACK = join(import.meta.dirname, '../localstack');
const EXIT_WITH_PARENT = join(LOCALSTACK, 'embedded/exit-with-parent.ts');
const START_WITHIN_MS = 60_000;

/** `npm start`, or `npm run start:localstack`, whose AWS runs outside of it. */
export type Start = 'embedded' | 'external';

/** Runs the service as a child process with ports of its own. */
export class ServiceProcess {
  readonly #dataDir: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #script: string;
  #child: ChildProcess | undefined;

  private constructor(dataDir: string, env: Readonly<Record<string, string>>, start: Start) {
    this.#dataDir = dataDir;
    this.#env = env;
    this.#script = join(LOCALSTACK, start, 'start.ts');
  }

  static async at(
    dataDir: string,
    env: Readonly<Record<string, string>> = {},
    start: Start = 'embedded',
  ): Promise<ServiceProcess> {
    const ports = {
      SLUICE_PORT: String(await freePort()),
      SLUICE_AWS_PORT: String(await freePort()),
      SLUICE_BANK_PORT: String(await freePort()),
      SLUICE_LAB_PORT: String(await freePort()),
    };
    return new ServiceProcess(dataDir, { ...env, SLUICE_DATA_DIR: dataDir, ...ports }, start);
  }

  /**
   * The service ends when this process ends, also after SIGKILL.
   * @returns its endpoints when it is ready. @throws Error with its output if it does not start
   */
  async start(env: Readonly<Record<string, string>> = {}): Promise<Endpoints> {
    const ready = join(this.#dataDir, 'endpoints.json');
    rmSync(ready, { force: true }); // a killed service leaves it behind
    const child = spawn(process.execPath, ['--import', EXIT_WITH_PARENT, this.#script], {
      env: { ...process.env, ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        output = (output + text).slice(-4_000);
      });
    }
    for (const deadline = Date.now() + START_WITHIN_MS; !existsSync(ready); await setTimeout(10)) {
      if (hasEnded(child) || Date.now() > deadline) throw new Error(`The service did not start:\n${output}`);
    }
    return endpointsOf(this.#dataDir);
  }

  get dataDir(): string {
    return this.#dataDir;
  }

  /** The process and all its descendants. */
  get pids(): number[] {
    const { pid } = this.#child ?? {};
    return pid === undefined ? [] : [pid, ...descendantsOf(pid)];
  }

  /** Sends SIGKILL to every process: API, functions, queues, database and bank. Resolves when all have ended. */
  async kill(): Promise<void> {
    const child = this.#child;
    const killed = this.killAtOnce();
    if (child && !hasEnded(child)) await once(child, 'exit');
    while (killed.some(isRunning)) await setTimeout(5);
  }

  /** Children first, so that none notices the end of its parent before its own SIGKILL. */
  killAtOnce(): number[] {
    if (!this.#child || hasEnded(this.#child)) return [];
    const { pids } = this;
    for (const pid of pids.toReversed()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has already ended.
      }
    }
    return pids;
  }

  /** Sends SIGINT, as Ctrl-C does. @returns the exit code */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child && !hasEnded(child)) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    return child?.exitCode ?? null;
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Runs `work` on a service in a new data directory. Removes both afterwards, also after a signal. */
export async function withService<Result>(work: (service: ServiceProcess) => Promise<Result>): Promise<Result> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-'));
  const service = await ServiceProcess.at(dataDir);
  const removeDir = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  const end = () => {
    service.killAtOnce();
    removeDir();
  };
  return endingAtSignals(end, async () => {
    try {
      return await work(service);
    } finally {
      await service.stop();
      removeDir();
    }
  });
}
