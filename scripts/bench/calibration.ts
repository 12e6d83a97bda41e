/** What the machine can do at this moment: each emulator alone, over plain HTTP, without the SDK and without our code. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { range } from 'es-toolkit';
import { Pool } from 'undici';
import { startChild } from '../../localstack/embedded/children.ts';
import { findDynamo, startDynamo } from '../../localstack/embedded/dynoxide.ts';
import { launchBank } from '../../localstack/embedded/launch.ts';
import { freePort } from '../../localstack/embedded/ports.ts';
import { type Counts, requestsTo } from './meter.ts';

const CONNECTIONS = 8;
const WARM_UP_MS = 300;
const MEASURED_MS = 1_000;
const GRACE_MS = 2_000;
const TABLE = 'calibration';
const ITEM_BYTES = 300;

export const CALIBRATION_NOTES = `
machine  each emulator alone, ${CONNECTIONS} connections, plain HTTP, ${MEASURED_MS / 1_000} s: transactions of four puts of ${ITEM_BYTES} bytes without a token;
         items in transactions of 100 and in batches of 25; POST to an empty function of serverless-offline; payments of the mock bank.
         "limit" is the one of which the load takes the largest share: write requests of transactions/s, item writes of
         items/s, POST requests of requests/s, calls of calls/s. All share the processors, so 100 % cannot be reached`;

/** Per second. */
export type Limits = {
  readonly transactions: number;
  /** In transactions of 100 items. */
  readonly items: number;
  /** The emulator commits each item of a batch by itself. */
  readonly batchItems: number;
  readonly httpRequests: number;
  readonly bankCalls: number;
};

export async function calibrate(): Promise<Limits> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-calibration-'));
  try {
    return { ...(await dynamo(directory)), httpRequests: await gateway(directory), bankCalls: await bank(directory) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function dynamo(directory: string): Promise<Pick<Limits, 'transactions' | 'items' | 'batchItems'>> {
  const emulator = await startDynamo(findDynamo(), join(directory, 'dynamodb.db'), await freePort());
  const request = (operation: string, body: object): Request => ({
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      ...SIGNED,
    },
    body: JSON.stringify(body),
  });
  let next = 0;
  const item = () => {
    next += 1;
    return { pk: { S: `item-${next}` }, sk: { S: 'ITEM' }, text: { S: 'x'.repeat(ITEM_BYTES - 20) } };
  };
  const transaction = (items: number) => () =>
    request('TransactWriteItems', {
      TransactItems: range(items).map(() => ({ Put: { TableName: TABLE, Item: item() } })),
    });
  const batch = () =>
    request('BatchWriteItem', { RequestItems: { [TABLE]: range(25).map(() => ({ PutRequest: { Item: item() } })) } });
  try {
    await load(emulator.origin, 1, 1, () => request('CreateTable', TABLE_DEFINITION));
    return {
      transactions: await perSecond(emulator.origin, transaction(4)),
      items: 100 * (await perSecond(emulator.origin, transaction(100))),
      batchItems: 25 * (await perSecond(emulator.origin, batch)),
    };
  } finally {
    await emulator.stop();
  }
}

/** The emulator wants a signature, but does not check it. */
const SIGNED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260101T000000Z',
};
const TABLE_DEFINITION = {
  TableName: TABLE,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
};

async function gateway(directory: string): Promise<number> {
  const [port, lambdaPort] = [await freePort(), await freePort()];
  const service = startChild({
    name: 'the empty service',
    args: [createRequire(import.meta.url).resolve('serverless/bin/serverless.js'), 'offline', 'start'],
    cwd: join(import.meta.dirname, 'empty-service'),
    env: {
      ...process.env,
      SLS_LOG_LEVEL: 'warning',
      SLUICE_PORT: String(port),
      SLUICE_LAMBDA_PORT: String(lambdaPort),
    },
    logFile: join(directory, 'service.log'),
  });
  try {
    return await perSecond(`http://127.0.0.1:${port}`, () => ({ path: '/', body: '{}' }));
  } finally {
    await service.stop(GRACE_MS);
  }
}

async function bank(directory: string): Promise<number> {
  const bankPort = await freePort();
  mkdirSync(join(directory, 'logs'));
  const child = launchBank({ dataDir: directory, bankPort, port: bankPort });
  let next = 0;
  try {
    return await perSecond(`http://127.0.0.1:${bankPort}`, () => {
      next += 1;
      const charge = { reference: `r-${next}`, instruction: `i-${next}`, amount_minor: '1', currency: 'IDR' };
      return { path: '/charges', body: JSON.stringify({ ...charge, destination: { type: 'provider', id: 'p' } }) };
    });
  } finally {
    await child.stop(GRACE_MS);
  }
}

type Request = { readonly path: string; readonly headers?: Record<string, string>; readonly body: string };

async function perSecond(origin: string, request: () => Request): Promise<number> {
  await untilItListens(origin);
  await load(origin, CONNECTIONS, WARM_UP_MS, request);
  return Math.round(await load(origin, CONNECTIONS, MEASURED_MS, request));
}

/** @returns answers per second. @throws Error if one is an error */
async function load(origin: string, connections: number, ms: number, next: () => Request): Promise<number> {
  const pool = new Pool(origin, { connections });
  const began = performance.now();
  let answers = 0;
  const client = async () => {
    do {
      const { path, headers, body } = next();
      const request = {
        path,
        method: 'POST' as const,
        headers: { 'content-type': 'application/json', ...headers },
        body,
      };
      const answer = await pool.request(request);
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${origin} answered ${answer.statusCode} ${text.slice(0, 200)}`);
      answers += 1;
    } while (performance.now() - began < ms);
  };
  await Promise.all(range(connections).map(client));
  await pool.close();
  return (answers * 1_000) / (performance.now() - began);
}

async function untilItListens(origin: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await setTimeout(20)) {
    const answers = await fetch(origin).then(
      (answer) => answer.arrayBuffer().then(() => true),
      () => false,
    );
    if (answers) return;
    if (Date.now() > deadline) throw new Error(`${origin} does not listen`);
  }
}

const NAMES: Record<keyof Limits, string> = {
  transactions: 'DynamoDB transactions/s',
  items: 'DynamoDB items/s',
  batchItems: 'BatchWrite items/s',
  httpRequests: 'HTTP requests/s',
  bankCalls: 'bank calls/s',
};

export function limitsRow(limits: Limits) {
  return Object.fromEntries(Object.entries(NAMES).map(([of, name]) => [name, limits[of as keyof Limits]]));
}

/** The limit of which a load takes the largest share. @param bankCalls in all, as `counts` */
export function limitOf(limits: Limits, { counts, seconds, bankCalls = 0 }: Load) {
  const shares: Record<Exclude<keyof Limits, 'batchItems'>, number> = {
    transactions: requestsTo('dynamoWrites', counts) / limits.transactions,
    items: counts.itemWrites / limits.items,
    httpRequests: counts.httpRequests / limits.httpRequests,
    bankCalls: bankCalls / limits.bankCalls,
  };
  const [[of, share]] = Object.entries(shares).sort(([, a], [, b]) => b - a) as [[keyof Limits, number]];
  return { limit: NAMES[of], '% of limit': Math.round((100 * share) / seconds) };
}

export type Load = { readonly counts: Counts; readonly seconds: number; readonly bankCalls?: number };
