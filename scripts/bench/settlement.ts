import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { clientOf, type Endpoints } from '../endpoints.ts';
import { withService } from '../service.ts';
import { bucketOf, download } from '../settlement/links.ts';
import { importFile } from '../transactions/import-file.ts';
import { writeSales } from '../transactions/write-sales.ts';
import type { Operation } from './bill.ts';
import { type Limits, limitOf } from './calibration.ts';
import { median } from './measure.ts';
import { memoryOf } from './memory.ts';
import { between, type Counts, meterOf } from './meter.ts';
import { atMost, line } from './report.ts';
import type { ChunksMeasured } from './settle-chunks.ts';

const PLAN = { seed: 42, merchants: 100, from: '2024-02-01', days: 30 };
const RANGE = { from: '2024-02-01', to: '2024-03-01' };
const POLL_MS = 20;
const BUDGET_ROWS = 1_000_000;
const BUDGET_SECONDS = 1.5;
/** States that an execution enters besides one per chunk: workflow.asl.yml, without errors. */
const STATES_BESIDE_CHUNKS = 8;
const BUDGET_PERCENT_MORE_MEMORY = 20;

export const SETTLEMENT_NOTES = `
import   from starting the upload of a file on disk to the end of the import
settle   from sending POST /jobs/settlement until the file is downloaded and has the SHA-256 of its manifest
cancel   from sending POST /jobs/{id}/cancel, with chunks in progress, until GET /jobs/{id} shows CANCELLED
chunks   every chunk of the job settled one by one in a process of its own: its VmHWM, and requests at its SDK`;

export type SettlementMeasured = {
  readonly rows: number;
  readonly importSeconds: number;
  readonly imported: Counts;
  /** Of each run with the same rows. */
  readonly settleSeconds: readonly number[];
  /** Of all these runs. */
  readonly settled: Counts;
  readonly cancelMs: number;
  readonly memory: ReturnType<typeof memoryOf>;
  readonly chunks: ChunksMeasured;
};

/** Starts a service for each size, so that no size affects the memory, files or caches of another. */
export async function measureSettlement(rows: number, runs: number): Promise<SettlementMeasured> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const file = join(directory, 'transactions.csv');
    writeSales({ ...PLAN, rows }, file);
    return await withService(async (service) => {
      const at = await service.start();
      const before = await meterOf(at);
      const importSeconds = await secondsOf(() => importFile(at, file));
      const after = await meterOf(at);
      const settleSeconds: number[] = [];
      while (settleSeconds.length < runs) settleSeconds.push(await secondsOf(() => settle(at)));
      const settled = between(after, await meterOf(at));
      const memory = memoryOf(service);
      return {
        rows,
        importSeconds,
        imported: between(before, after),
        settleSeconds,
        settled,
        cancelMs: await cancelInTheMiddle(at),
        memory,
        chunks: await settleChunksApart(at),
      };
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

/** Settles as a client: until it has a complete file. */
async function settle(at: Endpoints): Promise<void> {
  const { jobs, downloads } = clientOf(at);
  const { job_id: id } = await jobs.create(RANGE);
  const { status } = await jobs.waitFor(id, { pollMs: POLL_MS });
  if (status !== 'COMPLETED') throw new Error(`The job ended as ${status}.`);
  const [fileLink, manifestLink] = await Promise.all([
    downloads.link(`${id}.csv`),
    downloads.link(`${id}.manifest.json`),
  ]);
  const [file, manifest] = await Promise.all([download(fileLink), download(manifestLink)]);
  const { sha256 } = z.object({ sha256: z.string() }).parse(JSON.parse(manifest?.toString() ?? ''));
  if (hash('sha256', file ?? '') !== sha256) {
    throw new Error('The file differs from its manifest.');
  }
}

async function cancelInTheMiddle(at: Endpoints): Promise<number> {
  const { jobs } = clientOf(at);
  const { job_id: id } = await jobs.create(RANGE);
  while ((await jobs.get(id)).processed === 0) await setTimeout(1);
  const began = performance.now();
  await jobs.cancel(id);
  const { status } = await jobs.waitFor(id, { pollMs: 1 });
  if (status !== 'CANCELLED') throw new Error(`A cancelled job ended as ${status}.`);
  return performance.now() - began;
}

async function settleChunksApart(at: Endpoints): Promise<ChunksMeasured> {
  const { jobs, downloads } = clientOf(at);
  const { job_id: id } = await jobs.create(RANGE);
  await jobs.waitFor(id, { pollMs: POLL_MS });
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: at.aws,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    TRANSACTIONS_TABLE: 'sluice-local-transactions',
    SETTLEMENTS_TABLE: 'sluice-local-settlements',
    FILES_BUCKET: bucketOf(await downloads.link(`${id}.csv`)),
  };
  const script = join(import.meta.dirname, 'settle-chunks.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, RANGE.from, RANGE.to], { env });
  return JSON.parse(stdout) as ChunksMeasured;
}

export function settlementRow(
  { rows, importSeconds, imported, settleSeconds, cancelMs, ...rest }: SettlementMeasured,
  limits: Limits,
) {
  const settled = median(settleSeconds);
  return {
    rows,
    'import s': round(importSeconds, 2),
    'import rows/s': round(rows / importSeconds),
    ...limitOf(limits, { counts: imported, seconds: importSeconds }),
    'writes/row': round(imported.itemWrites / rows, 3),
    'settle s': round(settled, 2),
    'settle rows/s': round(rows / settled),
    'cancel ms': round(cancelMs),
    'service MB': rest.memory.at(-1)?.peakMb,
    'chunks MB': rest.chunks.peakMb,
    'requests/chunk': round(rest.chunks.requestsPerChunk, 2),
    'chunks, one by one, s': round(rest.chunks.seconds, 2),
  };
}

/** Of the largest file. */
export function rowOperations(measured: readonly SettlementMeasured[]): Operation[] {
  const largest = measured.at(-1);
  if (!largest) return [];
  const { rows, imported, settled, settleSeconds, chunks } = largest;
  const runs = settleSeconds.length;
  const transitions = runs * (chunks.chunks + STATES_BESIDE_CHUNKS);
  return [
    { operation: 'imported row', many: rows, counts: imported },
    { operation: 'settled row', many: rows * runs, counts: settled, transitions },
  ];
}

/** Compares the largest size with the budgets, and the memory of its chunks with the memory at the size before it. */
export function settlementBudgets(measured: readonly SettlementMeasured[]) {
  const [smaller, largest] = measured.slice(-2);
  if (!smaller || !largest) return [];
  const isFullSize = largest.rows === BUDGET_ROWS;
  const rows = `${largest.rows.toLocaleString('en')} rows`;
  const percentMore = round(100 * (largest.chunks.peakMb / smaller.chunks.peakMb - 1));
  return [
    line(`settle ${rows}, s`, round(median(largest.settleSeconds), 2), atMost(BUDGET_SECONDS), isFullSize),
    line(
      `peak memory of chunks, % more than at ${smaller.rows.toLocaleString('en')} rows`,
      percentMore,
      atMost(BUDGET_PERCENT_MORE_MEMORY),
      isFullSize,
    ),
  ];
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}
