import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
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
import { dynamoTransactions } from '../../lib/transactions/dynamo.ts';
import { shardOf } from '../../lib/transactions/segment.ts';
import type { MerchantId, Transaction, TransactionId } from '../../lib/transactions/transaction.ts';
import { awsOf } from '../../scripts/aws.ts';
import { type Job, SettlementClient } from '../../scripts/settlement/client.ts';
import { type Sale, Sales } from '../../scripts/transactions/sales.ts';
import { writeSales } from '../../scripts/transactions/write-sales.ts';
import { Service } from '../support/service.ts';

const PLAN = { rows: 2_000, seed: 7, merchants: 8, from: '2024-02-27', days: 4 };
const RANGE = { from: '2024-02-27', to: '2024-03-01' };
const TABLES = { transactions: 'sluice-local-transactions', settlements: 'sluice-local-settlements' };

const service = new Service();
let client: SettlementClient;
let dynamo: DynamoDBDocumentClient;
let s3: S3Client;
let bucket: string;
let expectedFile: string;
let job: Job;

beforeAll(async () => {
  await service.start();
  const aws = awsOf(service.endpoints);
  dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  s3 = new S3Client({ ...aws, forcePathStyle: true });
  bucket = (await s3.send(new ListBucketsCommand())).Buckets?.[0]?.Name ?? '';
  client = new SettlementClient(service.endpoints);
  const sales = new Sales(PLAN);
  await dynamoTransactions(dynamo, TABLES.transactions).insert(
    Array.from({ length: PLAN.rows }, (_, row) => transactionOf(sales.at(row))),
  );
  expectedFile = writeSales(PLAN, join(service.dataDir, 'seed.csv')).expectedFile;
  job = await settle();
});

afterAll(async () => {
  dynamo?.destroy();
  s3?.destroy();
  await service.stop();
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

async function settle(): Promise<Job> {
  return client.finished(await client.settle(RANGE));
}

async function audit(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../scripts/settlement/audit.ts'), ...args], {
    env: { ...process.env, SLUICE_DATA_DIR: service.dataDir },
  });
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output: output + errors };
}

const failedChecks = (output: string) => output.split('\n').filter((line) => line.startsWith('FAIL')).length;

/** While `test` runs, the object is what `change` makes of it. */
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
  const links = await Promise.all([client.linkTo(job.job_id, '.csv'), client.linkTo(job.job_id, '.manifest.json')]);
  const [file, manifest] = links.map(keyOf) as [string, string];
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: manifest }));
  return { file, manifest, part: JSON.parse((await Body?.transformToString()) ?? '').parts[0].key };
}

/** The seed's first row, which is paid and of the first day. */
const firstSale = new Sales(PLAN).at(0);
const firstRow = { pk: `TXN#${firstSale.id}`, sk: 'TXN' };

/** While `test` runs, the settlement of the merchant and day of the first row has another gross. */
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

describe('npm run audit:settlement', () => {
  it('passes an honest job, and what the seed expected of it', async () => {
    const { code, output } = await audit(job.job_id, '--expected', expectedFile);
    expect(output).toContain('All of it agrees');
    expect(code).toBe(0);
    expect(output).toContain('2000 transactions, 32 merchant days');
  });

  it('finds a file that is another than its manifest says, and names the merchant and the day', async () => {
    const { file } = await keysOfJob();
    await withObject(file, oneCentMore, async () => {
      const { code, output } = await audit(job.job_id);
      expect(code).toBe(1);
      expect(output).toMatch(/FAIL {2}the file is the one of the manifest/);
      expect(output).toMatch(
        /FAIL {2}the file is what the raw rows come to\n +! m-\d{4} on 2024-02-27: expected gross/,
      );
      expect(output).not.toMatch(/FAIL {2}every part/);
    });
  });

  it('finds a file of another form', async () => {
    const { file } = await keysOfJob();
    await withObject(
      file,
      (csv) => csv.replaceAll('\n', '\r\n'),
      async () => {
        const { code, output } = await audit(job.job_id);
        expect(code).toBe(1);
        expect(output).toMatch(/FAIL {2}columns and lines have their form\n +! the header is/);
      },
    );
  });

  it('finds a part that was changed, and names it', async () => {
    const { part } = await keysOfJob();
    await withObject(part, oneCentMore, async () => {
      const { code, output } = await audit(job.job_id);
      expect(code).toBe(1);
      expect(output).toMatch(/FAIL {2}every part is the one of the manifest/);
      expect(output).toContain(`${part}: sha256: expected`);
      expect(output).toMatch(/FAIL {2}the header and the parts make up the file/);
      expect(failedChecks(output)).toBe(2);
    });
  });

  it('finds a raw row that is gone, and names its merchant and day', async () => {
    const { Item } = await dynamo.send(new GetCommand({ TableName: TABLES.transactions, Key: firstRow }));
    await dynamo.send(new DeleteCommand({ TableName: TABLES.transactions, Key: firstRow }));
    const { code, output } = await audit(job.job_id);
    await dynamo.send(new PutCommand({ TableName: TABLES.transactions, Item }));
    expect(code).toBe(1);
    expect(output).toContain(`! ${firstSale.merchantId} on ${RANGE.from}: expected gross`);
    expect(output).toMatch(/FAIL {2}the job has read every raw row\n +! .*expected 1999, found 2000/);
    expect(output).not.toContain('settled by another');
  });

  it('finds a stored settlement that was altered', async () => {
    const stored = (await client.settlements(RANGE.from, RANGE.to)).find(
      ({ merchant_id, date }) => merchant_id === firstSale.merchantId && date === RANGE.from,
    );
    await withFirstSettlement(`${(stored?.gross_cents ?? 0n) + 1n}`, async () => {
      const { code, output } = await audit(job.job_id);
      expect(code).toBe(1);
      expect(output).toMatch(/FAIL {2}the stored settlements are, too/);
      expect(output).toContain(`! ${firstSale.merchantId} on ${RANGE.from}: expected gross ${stored?.gross_cents},`);
      expect(failedChecks(output)).toBe(1);
    });
  });

  it('finds what somebody else calculated otherwise', async () => {
    const other = join(service.dataDir, 'other.csv');
    writeFileSync(other, readFileSync(expectedFile, 'utf8').replace(/,\d+\n(?=m-0003)/, ',9999\n'));
    const { code, output } = await audit(job.job_id, '--expected', other);
    expect(code).toBe(1);
    expect(output).toMatch(/FAIL {2}the file is what was expected\n +! m-0002 on 2024-02-27: expected .* 9999, found/);
    expect(failedChecks(output)).toBe(1);
  });

  it('fails a completed job whose file is gone', async () => {
    const { file } = await keysOfJob();
    await withObject(
      file,
      (csv) => csv,
      async () => {
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: file }));
        const { code, output } = await audit(job.job_id);
        expect({ code, output }).toEqual({
          code: 1,
          output: `Job ${job.job_id} is completed, but its file is gone.\n`,
        });
      },
    );
  });

  it('has nothing to say of a job that nobody knows, nor of one that is not completed', async () => {
    expect((await audit('job_00000000000000000000000000000000')).code).toBe(2);
    const id = await client.settle({ from: '2023-12-01', to: RANGE.to }); // large enough to be cancelled in time
    await client.cancel(id);
    await client.finished(id);
    expect(await audit(id)).toEqual({ code: 2, output: `Job ${id} is CANCELLED: it has made no file.\n` });
    expect((await audit()).code).toBe(2);
  });

  it('tells late rows apart from wrong sums; another job settles them, and both are right about the past', async () => {
    const late = { ...transactionOf(firstSale), id: 'late-1' as TransactionId };
    await dynamoTransactions(dynamo, TABLES.transactions).insert([late]);
    const { code, output } = await audit(job.job_id);
    expect(code).toBe(1);
    expect(output).toContain('1 rows are stored that the job has not read.');
    expect(output).toContain(`POST /jobs/settlement {"from": "${RANGE.from}", "to": "${RANGE.to}"}`);
    expect((await audit((await settle()).job_id)).code).toBe(0);
  });
});
