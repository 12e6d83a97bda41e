/**
 * Stores open withdrawals, then recovers some of them in this process, and prints what that took: as a Lambda container that
 * only recovers withdrawals. It needs `--expose-gc`.
 */

import { pathToFileURL } from 'node:url';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { chunk, range } from 'es-toolkit';
import pMap from 'p-map';
import { documentClient, sqsClient } from '../../lib/aws/clients.ts';
import { meter } from '../../lib/aws/meter.ts';
import { configSchema } from '../../lib/config.ts';
import { chain, withdrawalDeps } from '../../lib/dependencies.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Asset } from '../../lib/kernel/money.ts';
import type { UserId } from '../../lib/ledger/index.ts';
import { PostingGroups } from '../../lib/ledger/index.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { withdrawalItem } from '../../lib/withdrawals/items.ts';
import type { WithdrawalDeps } from '../../lib/withdrawals/ports.ts';
import { readStats, stopProcessor } from '../../lib/withdrawals/processor.ts';
import { recoverWithdrawals } from '../../lib/withdrawals/recover-withdrawals.ts';
import { newWithdrawal } from '../../lib/withdrawals/withdrawal.ts';

/** One run. `overdue`: withdrawals whose message is considered lost. */
export type Recovered = {
  readonly what: string;
  readonly overdue: number;
  readonly seconds: number;
  readonly heapMb: number;
  readonly requests: number;
  readonly sent: number;
};

const TABLE = 'withdrawals';
const HOUR_MS = 3_600_000;
const OVERDUE = 1_000;
const STORED_AT_ONCE = 1_000;
const SAMPLE_EVERY_MS = 5;
const NOTHING = { created: 0n, completed: 0n, failed: 0n, retrying: 0n, reopened: 0n };

const startedAt = Date.now();
const dynamo = documentClient();
const userId = 'bench' as UserId;

/** The first ones have been due for a minute, the others become due between one hour and two hours from now. */
function item(nth: number, open: number) {
  const key = `${nth}` as IdempotencyKey;
  const address = '0x52908400098527886E0F7030069857D2E4169EE7';
  const money = { minor: 100_000n, currency: 'ETH' as Asset };
  const request = { userId, money, address, network: 'ethereum', maxRetries: 3, source: 'wallet' } as const;
  const own = { id: withdrawalIdOf(userId, key), key, requiredConfirmations: 12 };
  const dueAt = nth < OVERDUE ? startedAt - 60_000 : startedAt + HOUR_MS + Math.floor((nth / open) * HOUR_MS);
  return withdrawalItem({ ...newWithdrawal(request, own, startedAt), dueAt });
}

async function store(open: number): Promise<void> {
  for (let from = 0; from < open; from += STORED_AT_ONCE) {
    const some = range(from, Math.min(open, from + STORED_AT_ONCE));
    // An emulator leaves none of them undone.
    const put = (batch: number[]) =>
      dynamo.send(
        new BatchWriteCommand({
          RequestItems: { [TABLE]: batch.map((nth) => ({ PutRequest: { Item: item(nth, open) } })) },
        }),
      );
    await pMap(chunk(some, 25), put, { concurrency: 4 });
  }
}

/** The heap after a collection is what it grows from. */
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
    ...{ WITHDRAWALS_TABLE: TABLE, WITHDRAWALS_QUEUE: 'withdrawals' },
  });
  const outside = { dynamo, queues: sqsClient(), chain: chain(settings), groups: new PostingGroups() };
  return { ...withdrawalDeps(settings, outside), now: () => Date.now() + laterMs, outcomes: async () => NOTHING };
}

async function recover(laterMs: number): Promise<{ dispatched?: number }> {
  const deps = depsAt(laterMs);
  return (await runRecovery(deps, recoverWithdrawals(deps), Number.POSITIVE_INFINITY)).done;
}

async function measureAll(open: number): Promise<{ loadSeconds: number; runs: Recovered[] }> {
  const began = performance.now();
  await store(open);
  const loadSeconds = (performance.now() - began) / 1_000;
  const run = (what: string, overdue: number, laterMs: number) => measure(what, overdue, () => recover(laterMs));
  const ask = (what: string, work: (deps: WithdrawalDeps) => Promise<unknown>) =>
    measure(what, 0, async () => {
      await work(depsAt(0));
      return {};
    });
  await recover(-HOUR_MS); // loads and compiles what every run needs
  const runs = [
    await run('recovery', 0, -HOUR_MS),
    await run('recovery', OVERDUE, 0),
    await run('recovery', open, 3 * HOUR_MS),
    await run('recovery, again', open, 3 * HOUR_MS + 60_000),
    await ask('stats', readStats),
    await ask('stop', stopProcessor),
  ];
  return { loadSeconds, runs };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(await measureAll(Number(process.argv[2]))));
  dynamo.destroy();
  process.exit();
}
