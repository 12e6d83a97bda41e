import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { COMPILE_CACHE } from '../launch.ts';
import type { LaboratoryCheck, LaboratoryVerify, VerifyReport } from './shapes.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EXIT_WITH_PARENT = join(import.meta.dirname, '../exit-with-parent.ts');
const SCRIPT = join(ROOT, 'scripts/verify/main.ts');

/** A run reads every table. Between two of them the service has the processor for itself, at least three quarters of the time. */
const PAUSE_MS = 3_000;
const PAUSES_PER_RUN = 3;
const LONGEST_RUN_MS = 300_000;
/** The answer has this many violations of a check. */
const SHOWN = 20;

/** Runs `npm run verify`, one at a time, and keeps the last results. */
export class Verification {
  readonly #dataDir: string;
  #last: LaboratoryVerify = { running: false, ended_at: null, duration_ms: null, checks: [], domains: [], error: null };
  #nextAt = 0;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  get last(): LaboratoryVerify {
    return this.#last;
  }

  /** Starts a run, unless one is under way or the last one is too recent. */
  ask(): LaboratoryVerify {
    if (!this.#last.running && Date.now() >= this.#nextAt) {
      this.#last = { ...this.#last, running: true };
      void this.#run();
    }
    return this.#last;
  }

  async #run(): Promise<void> {
    const begun = Date.now();
    const report = await runVerify(this.#dataDir).catch((error: Error) => error);
    const now = Date.now();
    const duration = now - begun;
    this.#nextAt = now + Math.max(PAUSE_MS, PAUSES_PER_RUN * duration);
    if (report instanceof Error) {
      this.#last = { ...this.#last, running: false, error: report.message };
      return;
    }
    this.#last = {
      running: false,
      ended_at: new Date(now).toISOString(),
      duration_ms: duration,
      checks: withSince(report.checks, this.#last.checks, new Date(now).toISOString()),
      domains: report.domains,
      error: null,
    };
  }
}

function withSince(checks: VerifyReport['checks'], before: readonly LaboratoryCheck[], now: string): LaboratoryCheck[] {
  return checks.map(({ violations, ...check }) => {
    const last = before.find(({ domain, name }) => domain === check.domain && name === check.name);
    const since = last?.result === check.result ? last.since : now;
    return { ...check, violations: violations.slice(0, SHOWN), violation_count: violations.length, since };
  });
}

/** @throws Error with what the command printed, if it did not get as far as a report */
async function runVerify(dataDir: string): Promise<VerifyReport> {
  const child = spawn(process.execPath, ['--import', EXIT_WITH_PARENT, SCRIPT, '--json'], {
    env: { ...COMPILE_CACHE, ...process.env, SLUICE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    timeout: LONGEST_RUN_MS,
    killSignal: 'SIGKILL',
  });
  const [{ stdout, stderr }, exited] = [child, once(child, 'exit')];
  if (!stdout || !stderr) throw new Error('The checks have no output.');
  const [printed, errors, [code, signal]] = await Promise.all([text(stdout), text(stderr), exited]);
  if (printed.trimStart().startsWith('{')) return JSON.parse(printed) as VerifyReport;
  throw new Error(errors.trim() || `The checks ended with ${signal ?? `code ${code}`}.`);
}
