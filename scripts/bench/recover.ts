/**
 * Recovers withdrawals in this process, as a Lambda container that does nothing else, and prints what that took. See
 * recovery.ts, which stores them. It needs `--expose-gc`.
 */

import { pathToFileURL } from 'node:url';
import { documentClient, sqsClient } from '../../lib/aws/clients.ts';
import { meter } from '../../lib/aws/meter.ts';
import { configSchema } from '../../lib/config.ts';
import { secrets } from '../../lib/dependencies/crypto.ts';
import { chain } from '../../lib/dependencies/rails.ts';
import { withdrawalDeps } from '../../lib/dependencies/withdrawals.ts';
import { PostingGroups } from '../../lib/ledger/index.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import type { WithdrawalDeps } from '../../lib/withdrawals/ports.ts';
import { readStats, stopProcessor } from '../../lib/withdrawals/processor.ts';
import { recoverWithdrawals } from '../../lib/withdrawals/recover-withdrawals.ts';

/** One run. `overdue`: withdrawals whose message is considered lost. */
export type Recovered = {
  readonly what: string;
  readonly overdue: number;
  readonly seconds: number;
  readonly heapMb: number;
  readonly requests: number;
  readonly sent: number;
};

export const TABLE = 'withdrawals';
export const HOUR_MS = 3_600_000;
/** How many are due before the others. */
export const OVERDUE = 1_000;
const SAMPLE_EVERY_MS = 5;
const NOTHING = { created: 0n, completed: 0n, failed: 0n, rejected: 0n, retrying: 0n, reopened: 0n };

const dynamo = documentClient(Date.now);

/** The heap after a garbage collection. */
async function measure(
  what: string,
  overdue: number,
  work: () => Promise<{ dispatched?: number }>,
): Promise<Recovered> {
  gc?.();
  const before = process.memoryUsage().heapUsed;
  let peak = before;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  };
  const sampling = setInterval(sample, SAMPLE_EVERY_MS);
  const requests = () => Object.values(meter.requests).reduce((sum, count) => sum + count, 0);
  const requestsBefore = requests();
  const began = performance.now();
  const { dispatched: sent = 0 } = await work();
  const seconds = (performance.now() - began) / 1_000;
  sample();
  clearInterval(sampling);
  return { what, overdue, seconds, heapMb: (peak - before) / 2 ** 20, requests: requests() - requestsBefore, sent };
}

/** @param laterMs what the clock is ahead */
function depsAt(laterMs: number): WithdrawalDeps {
  const names = Object.keys(configSchema.shape).filter((name) => /_(TABLE|QUEUE|BUCKET|MACHINE|TOPIC)$/.test(name));
  const settings = configSchema.parse({
    ...Object.fromEntries([...names, 'BANK_URL', 'GATEWAY_URL', 'CHAIN_URL'].map((name) => [name, 'http://unused'])),
    ...{
      WITHDRAWALS_TABLE: TABLE,
      WITHDRAWALS_QUEUE: 'withdrawals',
      KEY_ENCRYPTION_KEY: 'file:/unused',
      STAGE: 'local',
    },
  });
  const outside = {
    dynamo,
    queues: sqsClient(Date.now),
    chain: chain(settings),
    groups: new PostingGroups(),
    secrets: secrets(settings, { dynamo }),
  };
  return { ...withdrawalDeps(settings, outside), now: () => Date.now() + laterMs, outcomes: async () => NOTHING };
}

async function recover(laterMs: number): Promise<{ dispatched?: number }> {
  const deps = depsAt(laterMs);
  return (await runRecovery(deps, recoverWithdrawals(deps), Number.POSITIVE_INFINITY)).done;
}

async function measureAll(open: number): Promise<Recovered[]> {
  const run = (what: string, overdue: number, laterMs: number) => measure(what, overdue, () => recover(laterMs));
  const ask = (what: string, work: (deps: WithdrawalDeps) => Promise<unknown>) =>
    measure(what, 0, async () => {
      await work(depsAt(0));
      return {};
    });
  await recover(-HOUR_MS); // loads and compiles what every run needs
  const [none, some] = [await run('recovery', 0, -HOUR_MS), await run('recovery', OVERDUE, 0)];
  while ((await recover(0)).dispatched) {} // to the end of this sweep
  return [
    none,
    some,
    await run('recovery', open, 3 * HOUR_MS),
    await run('recovery, again', open, 3 * HOUR_MS + 60_000),
    await ask('stats', readStats),
    await ask('stop', stopProcessor),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(await measureAll(Number(process.argv[2]))));
  dynamo.destroy();
  process.exit();
}
