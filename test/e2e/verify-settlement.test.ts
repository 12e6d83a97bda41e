import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobWithProgress } from '../../client/index.ts';
import { dynamoTransactions } from '../../lib/transactions/dynamo.ts';
import { shardOf } from '../../lib/transactions/segment.ts';
import type { MerchantId, Transaction, TransactionId } from '../../lib/transactions/transaction.ts';
import { awsOf } from '../../scripts/aws.ts';
import { readExpected } from '../../scripts/transactions/expected.ts';
import { type Sale, Sales } from '../../scripts/transactions/sales.ts';
import { writeSales } from '../../scripts/transactions/write-sales.ts';
import { exitCodeOf, textOf } from '../../scripts/verify/report.ts';
import { verifyAll } from '../../scripts/verify/verify.ts';
import { sharedService } from './shared-service.ts';

const PLAN = { rows: 2_000, seed: 7, merchants: 8, from: '2024-02-27', days: 4 };
const RANGE = { from: '2024-02-27', to: '2024-03-01' };
const TABLES = {
  transactions: 'sluice-local-transactions',
  settlements: 'sluice-local-settlements',
  events: 'sluice-local-events',
};

const service = sharedService();
const { jobs, settlements, downloads } = service.client;
let dynamo: DynamoDBDocumentClient;
let s3: S3Client;
let bucket: string;
let expectedFile: string;
let job: JobWithProgress;

beforeAll(async () => {
  const aws = awsOf(service.endpoints);
  dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  s3 = new S3Client({ ...aws, forcePathStyle: true });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand());
  bucket = Buckets.find(({ Name = '' }) => Name.includes('files'))?.Name ?? '';
  const sales = new Sales(PLAN);
  await dynamoTransactions(dynamo, TABLES.transactions, TABLES.events).insert(
    Array.from({ length: PLAN.rows }, (_, row) => transactionOf(sales.at(row))),
  );
  expectedFile = writeSales(PLAN, join(service.dataDir, 'seed.csv')).expectedFile;
  job = await settle();
});

afterAll(() => {
  dynamo?.destroy();
  s3?.destroy();
});

function transactionOf({ id, merchantId, amountCents, feeCents, status, paidAt }: Sale): Transaction {
  return {
    id: id as TransactionId,
    merchantId: merchantId as MerchantId,
    amountCents: BigInt(amountCents),
    feeCents: BigInt(feeCents),
    status,
    paidAt: Date.parse(paidAt),
  };
}

async function settle(): Promise<JobWithProgress> {
  return jobs.waitFor((await jobs.create(RANGE)).job_id, { pollMs: 50 });
}

async function verifyJob(id: string | undefined, expected?: string): Promise<{ code: number; output: string }> {
  const all = await verifyAll(service.endpoints, {
    domains: ['settlement'],
    id,
    expected: expected === undefined ? undefined : readExpected(expected),
  });
  return { code: exitCodeOf(all), output: all.map(textOf).join('\n') };
}

const failedChecks = (output: string) => output.split('\n').filter((line) => line.startsWith('  FAIL')).length;
const FILES = 'FAIL  the file of every completed job consists of';
const LINES = 'FAIL  the lines of every file';
const PARTS = 'FAIL  the bucket has every part';
const MANIFESTS = 'FAIL  every manifest';
const RECOUNT = 'FAIL  no settlement or file counts more';
const COMPLETE = 'FAIL  the job counted every row';

/** Runs `test` while the object has the content that `change` returns. */
async function withObject(key: string, change: (content: string) => string, test: () => Promise<void>): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const content = (await Body?.transformToString()) ?? '';
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: change(content) }));
  try {
    await test();
  } finally {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
  }
}

/** One cent more in the first line. */
const oneCentMore = (csv: string) => {
  const line = csv.split('\n').find((it) => it.startsWith('m-')) ?? '';
  const [merchant, day, gross = '', ...rest] = line.split(',');
  return csv.replace(line, [merchant, day, BigInt(gross) + 1n, ...rest].join(','));
};

async function keysOfJob(): Promise<{ file: string; manifest: string; part: string }> {
  const keyOf = (link: string) => decodeURIComponent(new URL(link).pathname).slice(bucket.length + 2);
  const links = await Promise.all(
    [`${job.job_id}.csv`, `${job.job_id}.manifest.json`].map((file) => downloads.link(file)),
  );
  const [file, manifest] = links.map(keyOf) as [string, string];
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: manifest }));
  return { file, manifest, part: JSON.parse((await Body?.transformToString()) ?? '').parts[0].key };
}

/** The seed's first row: paid, on the first day. */
const firstSale = new Sales(PLAN).at(0);
const firstRow = { pk: `TXN#${firstSale.id}`, sk: 'TXN' };

/** Runs `test` while the settlement of the first row's merchant and day has another gross. */
async function withFirstSettlement(gross: string, test: () => Promise<void>): Promise<void> {
  const shard = String(shardOf(firstSale.merchantId as MerchantId)).padStart(2, '0');
  const key = { pk: `DAY#${RANGE.from}#${shard}`, sk: firstSale.merchantId };
  const { Item } = await dynamo.send(new GetCommand({ TableName: TABLES.settlements, Key: key }));
  await dynamo.send(
    new UpdateCommand({
      TableName: TABLES.settlements,
      Key: key,
      UpdateExpression: 'SET gross = :gross',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':gross': gross },
    }),
  );
  try {
    await test();
  } finally {
    await dynamo.send(new PutCommand({ TableName: TABLES.settlements, Item }));
  }
}

describe('npm run verify -- --domain settlement --id', () => {
  it('finds no differences in a correct job, nor to the expectation of the seed', async () => {
    const { code, output } = await verifyJob(job.job_id, expectedFile);
    expect(output.match(/ {2}ok /g)).toHaveLength(14);
    expect(code).toBe(0);
    expect(output).toContain("2,000 transactions, 32 merchants' days, gross ");
  });

  it('finds a changed file, and names the merchant and the day', async () => {
    const { file } = await keysOfJob();
    await withObject(file, oneCentMore, async () => {
      const { code, output } = await verifyJob(job.job_id);
      expect(code).toBe(1);
      for (const failed of [FILES, LINES, MANIFESTS, RECOUNT]) expect(output).toContain(failed);
      expect(output).toMatch(/! file of job \w+: line of m-\d{4} on 2024-02-27: expected gross/);
      expect(output).not.toContain(PARTS);
    });
  });

  it('finds a changed part, and names it', async () => {
    const { part } = await keysOfJob();
    await withObject(part, oneCentMore, async () => {
      const { code, output } = await verifyJob(job.job_id);
      expect(code).toBe(1);
      expect(output).toContain(PARTS);
      expect(output).toContain(`part ${part}: sha256: expected`);
      expect(failedChecks(output)).toBe(1);
    });
  });

  it('finds a missing raw row, and names its merchant and day', async () => {
    const { Item } = await dynamo.send(new GetCommand({ TableName: TABLES.transactions, Key: firstRow }));
    await dynamo.send(new DeleteCommand({ TableName: TABLES.transactions, Key: firstRow }));
    const { code, output } = await verifyJob(job.job_id);
    await dynamo.send(new PutCommand({ TableName: TABLES.transactions, Item }));
    expect(code).toBe(1);
    expect(output).toContain(`settlement of ${firstSale.merchantId} on ${RANGE.from}: expected gross`);
    expect(output).toContain(COMPLETE);
    expect(output).toContain('expected 1999, found 2000');
    expect(output).toContain(`transaction ${firstSale.id}: is in a segment of`);
    expect(output).not.toContain('arrived after');
  });

  it('finds a changed settlement', async () => {
    const stored = (await settlements.list(RANGE).all()).find(
      ({ merchant_id, date }) => merchant_id === firstSale.merchantId && date === RANGE.from,
    );
    await withFirstSettlement(`${BigInt(stored?.gross_cents ?? 0) + 1n}`, async () => {
      const { code, output } = await verifyJob(job.job_id);
      expect(code).toBe(1);
      expect(output).toContain(RECOUNT);
      expect(output).toContain(
        `! settlement of ${firstSale.merchantId} on ${RANGE.from}: expected gross ${stored?.gross_cents},`,
      );
    });
  });

  it('finds a difference to an independent calculation', async () => {
    const other = join(service.dataDir, 'other.csv');
    writeFileSync(other, readFileSync(expectedFile, 'utf8').replace(/,\d+\n(?=m-0003)/, ',9999\n'));
    const { code, output } = await verifyJob(job.job_id, other);
    expect(code).toBe(1);
    expect(output).toMatch(/FAIL {2}the file has the expected sums\n +! m-0002 on 2024-02-27: expected .* 9999, found/);
    expect(failedChecks(output)).toBe(1);
  });

  it('fails a completed job without its file', async () => {
    const { file } = await keysOfJob();
    await withObject(
      file,
      (csv) => csv,
      async () => {
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: file }));
        const { code, output } = await verifyJob(job.job_id);
        expect([code, output]).toEqual([1, expect.stringContaining(`job ${job.job_id}: its file is missing`)]);
      },
    );
  });

  it('refuses to check an unknown job, and one that is not completed', async () => {
    const unknown = await verifyJob('job_00000000000000000000000000000000');
    expect(unknown).toEqual({ code: 2, output: expect.stringContaining('There is no job job_0000') });
    const { job_id: id } = await jobs.create({ from: '2023-12-01', to: RANGE.to }); // large enough to be cancelled in time
    await jobs.cancel(id);
    await jobs.waitFor(id, { pollMs: 50 });
    const cancelled = await verifyJob(id);
    expect(cancelled).toEqual({ code: 2, output: expect.stringContaining(`Job ${id} is CANCELLED. Only a completed`) });
  });

  it('tells late rows from wrong sums; after another job both files are correct', async () => {
    const late = { ...transactionOf(firstSale), id: 'late-1' as TransactionId };
    await dynamoTransactions(dynamo, TABLES.transactions, TABLES.events).insert([late]);
    const { code, output } = await verifyJob(job.job_id);
    expect(code).toBe(1);
    expect(failedChecks(output)).toBe(1);
    expect(output).toContain(COMPLETE);
    expect(output).toContain('1 row arrived after the job read their day.');
    expect(output).toContain(`POST /jobs/settlement {"from": "${RANGE.from}", "to": "${RANGE.to}"}`);
    expect((await verifyJob(undefined)).code).toBe(0);
    expect((await verifyJob((await settle()).job_id)).code).toBe(0);
  });
});
