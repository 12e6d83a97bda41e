import { execFile } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { marshall } from '@aws-sdk/util-dynamodb';
import { range } from 'es-toolkit';
import { parse } from 'yaml';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Asset } from '../../lib/kernel/money.ts';
import type { UserId } from '../../lib/ledger/index.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { openKey, withdrawalItem, withdrawalKey } from '../../lib/withdrawals/items.ts';
import { placeOf } from '../../lib/withdrawals/open.ts';
import { newWithdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { findDynamo } from '../../localstack/embedded/dynoxide.ts';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import { startStack } from '../../localstack/embedded/stack.ts';
import { HOUR_MS, OVERDUE, type Recovered, TABLE } from './recover.ts';
import { atMost, line } from './report.ts';

const KEY = '0' as IdempotencyKey;
const RESOURCES = join(import.meta.dirname, '../../resources/withdrawals.yml');
/** Little room for garbage, so that the heap is near to what is needed. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];
const BUDGET_SECONDS = 2;
const BUDGET_MB = 50;

export const RECOVERY_NOTES = `
recovery     open withdrawals in the emulator's table, of which 0, 1,000 or all are overdue; one run of the recovery in a process of
             its own, as the rule invokes it each minute. "heap MB": the most that the heap grew during the run, garbage
             included. A run sends up to 10,000 messages; "again" continues where the previous run stopped. "stop" and "stats"
             are the requests of the processor`;

export type RecoveryMeasured = {
  readonly open: number;
  readonly loadSeconds: number;
  readonly runs: readonly Recovered[];
};

/** With a stack of its own, so that no worker takes what recovery finds. */
export async function measureRecovery(open: number): Promise<RecoveryMeasured> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-recovery-'));
  try {
    const began = performance.now();
    await storeOpen(dataDir, open);
    const loadSeconds = (performance.now() - began) / 1_000;
    const stack = await startStack({ dataDir });
    try {
      const queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'withdrawals' } };
      await provision({ Resources: { Queue: queue } }, { endpoint: stack.endpoint });
      const env = {
        ...process.env,
        ...{ AWS_ENDPOINT_URL: stack.endpoint, AWS_REGION: 'us-east-1' },
        ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
      };
      const script = join(import.meta.dirname, 'recover.ts');
      const { stdout } = await execute(process.execPath, [...FLAGS, script, `${open}`], { env });
      return { open, loadSeconds, runs: JSON.parse(stdout) };
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

const execute = promisify(execFile);

/** Imports a file of items into a new database: much faster than writes. */
async function storeOpen(dataDir: string, open: number): Promise<void> {
  const source = findDynamo();
  if (!('binary' in source)) throw new Error('The items are imported with the dynoxide binary.');
  const { WithdrawalsTable } = parse(readFileSync(RESOURCES, 'utf8')).Resources;
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = WithdrawalsTable.Properties;
  const table = { TableName: TABLE, TableStatus: 'ACTIVE', AttributeDefinitions, KeySchema, GlobalSecondaryIndexes };
  const [schema, exported] = [join(dataDir, 'schema.json'), join(dataDir, 'export')];
  writeFileSync(schema, JSON.stringify({ Table: table }));
  const items = join(exported, TABLE, 'data');
  mkdirSync(items, { recursive: true });
  await pipeline(Readable.from(linesOf(open)), createGzip({ level: 1 }), createWriteStream(join(items, '1.json.gz')));
  const database = join(dataDir, 'dynamodb.db');
  await execute(source.binary, ['import', '--source', exported, '--schema', schema, '--output', database]);
  rmSync(exported, { recursive: true });
}

/** The first ones have been due for a minute, the others become due between one hour and two hours from now. */
function* linesOf(open: number): Generator<string> {
  const now = Date.now();
  const userId = 'bench' as UserId;
  const address = '0x52908400098527886E0F7030069857D2E4169EE7';
  const money = { minor: 100_000n, currency: 'ETH' as Asset };
  const request = { userId, money, address, network: 'ethereum', maxRetries: 3, source: 'wallet' } as const;
  const own = { id: withdrawalIdOf(userId, KEY), key: KEY, requiredConfirmations: 12 };
  const first = newWithdrawal(request, own, now);
  const item = withdrawalItem(first);
  // In the order of their keys, which is faster to import.
  const ids = range(open).map((nth) => withdrawalIdOf(userId, `${nth}` as IdempotencyKey));
  for (const [nth, id] of ids.sort().entries()) {
    const dueAt = nth < OVERDUE ? now - 60_000 : now + HOUR_MS + Math.floor((nth / open) * HOUR_MS);
    const keys = {
      ...withdrawalKey(id),
      gsi1sk: `${first.createdAt}#${id}`,
      ...openKey(id, placeOf({ ...first, id, dueAt })),
    };
    yield `${JSON.stringify({ Item: marshall({ ...item, ...keys, id, due_at: dueAt }) })}\n`;
  }
}

export function recoveryRows({ open, loadSeconds, runs }: RecoveryMeasured) {
  return runs.map(({ what, overdue, seconds, heapMb, requests, sent }) => ({
    open,
    'stored in s': Math.round(loadSeconds),
    overdue,
    what,
    seconds: Number(seconds.toFixed(2)),
    'heap MB': Number(heapMb.toFixed(1)),
    requests,
    messages: sent,
  }));
}

export function recoveryBudgets({ open, runs }: RecoveryMeasured) {
  const most = (figure: (run: Recovered) => number) => Math.max(...runs.map(figure));
  const isFullSize = open >= 1_000_000;
  return [
    line(
      `recovery of ${open.toLocaleString('en')} open withdrawals, s`,
      most(({ seconds }) => seconds),
      atMost(BUDGET_SECONDS),
      isFullSize,
    ),
    line(
      'its heap, MB',
      most(({ heapMb }) => heapMb),
      atMost(BUDGET_MB),
      isFullSize,
    ),
  ];
}
