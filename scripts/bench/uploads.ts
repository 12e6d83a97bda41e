/** Files of payouts: how do time and memory grow with the rows? */

import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Upload } from '../../client/index.ts';
import { freePort } from '../../localstack/embedded/ports.ts';
import { MockBank } from '../bank.ts';
import { clientOf, type Endpoints } from '../endpoints.ts';
import { memoryMb, nameOf, peakMemoryMb } from '../processes.ts';
import { type ServiceProcess, withService } from '../service.ts';
import { localFile, putFile } from '../uploads.ts';
import { type Limits, limitOf } from './calibration.ts';
import { heapMb } from './heap.ts';
import { between, type Counts, meterOf, sum } from './meter.ts';
import { atMost, line } from './report.ts';
import { sampling } from './sampling.ts';

const POLL_MS = 500;
const WARM_UP_ROWS = 1_000;
const MEMORY_EVERY_MS = 4_000;
const ROWS_PER_WRITE = 1_000;
const SALES_PER_PAYOUT = 2;
/** Of time for ten times as many rows: linear is 10. */
const MOST_GROWTH = 11;
const MOST_PERCENT_OF_MEMORY = 125;
const FUNCTIONS = 'serverless.js';

export const UPLOADS_NOTES = `
file     CSV, made as a stream; a service of its own for each size; the bank answers at once and pays all
stored   from POST /batches/uploads, over the upload of the file and both passes, until all batches are stored
paid     from then until every payout of the file is paid. "payouts/s": of both together. "report": of all payouts, afterwards
growth   of both together, against the size before: linear is the same as the growth of the rows
CPU      processor time of the process of the functions; unlike seconds it hardly depends on what else the machine does
memory   of the same process: "RSS" its peak, "heap" the most JavaScript heap after a collection, every
         ${MEMORY_EVERY_MS / 1_000} s. Emulators (S3 holds the file in memory) are other processes
writes   items in every write request to DynamoDB, each try and each item of a transaction; without the report`;

export type UploadMeasured = {
  readonly payouts: number;
  readonly bytes: number;
  readonly storedSeconds: number;
  readonly paidSeconds: number;
  readonly reportSeconds: number;
  readonly rssMb: number;
  /** Every few seconds; the heap after a collection. */
  readonly memory: readonly { readonly heapMb: number; readonly rssMb: number }[];
  readonly course: readonly Moment[];
  readonly othersMb: Readonly<Record<string, number>>;
  readonly counts: Counts;
};

/** How far the upload was after so many seconds. `paid`: in chunks that are done. */
type Moment = { readonly seconds: number; readonly stored: number; readonly paid: number };

export async function measureUpload(payouts: number): Promise<UploadMeasured> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const path = join(directory, 'payouts.csv');
    await writePayouts(path, payouts, `v${payouts}`);
    return await withService((service) => measure(service, path, payouts));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measure(service: ServiceProcess, path: string, payouts: number): Promise<UploadMeasured> {
  const inspectPort = await freePort();
  const at = await service.start({ NODE_OPTIONS: `--inspect-port=${inspectPort}` });
  await new MockBank(at).setMode({ mode: 'happy', latency_ms: [0, 0] });
  const warmUp = `${path}.warm.csv`;
  await writePayouts(warmUp, WARM_UP_ROWS, 'warm');
  await uploadAndPay(at, warmUp, WARM_UP_ROWS);
  const functions = service.pids.find((pid) => nameOf(pid) === FUNCTIONS) ?? 0;
  const memory = sampling(MEMORY_EVERY_MS, async () => ({
    rssMb: memoryMb(functions),
    heapMb: await heapMb(functions, inspectPort),
  }));
  const before = await meterOf(at);
  const began = performance.now();
  const { id, stored, paid, bytes, course } = await uploadAndPay(at, path, payouts);
  const counts = between(before, await meterOf(at));
  const reportSeconds = await report(at, id);
  const samples = await memory.end();
  const others = service.pids.filter((pid) => pid !== functions).map((pid) => [nameOf(pid), peakMemoryMb(pid)]);
  return {
    payouts,
    bytes,
    storedSeconds: (stored - began) / 1_000,
    paidSeconds: (paid - stored) / 1_000,
    reportSeconds,
    rssMb: peakMemoryMb(functions),
    memory: samples,
    course,
    othersMb: Object.fromEntries(others),
    counts,
  };
}

/** @returns the moments of `performance.now()` at which all batches were stored, and all payouts were paid */
async function uploadAndPay(at: Endpoints, path: string, payouts: number) {
  const { uploads } = clientOf(at);
  const file = await localFile(path);
  const began = performance.now();
  const course: Moment[] = [];
  const { upload_id: id, upload_url } = await uploads.create({ format: file.format });
  await putFile(upload_url, file);
  const onProgress = ({ stored, batches }: Upload) => {
    const paid = batches.reduce((all, of) => all + (of.total_count * of.chunks_done) / of.chunk_count, 0);
    course.push({ seconds: round((performance.now() - began) / 1_000, 1), stored, paid: Math.round(paid) });
  };
  const waiting = { timeoutMs: Number.POSITIVE_INFINITY, pollMs: POLL_MS, onProgress };
  const isStored = await uploads.waitFor(
    id,
    waiting,
    ({ stored, status }) => stored === payouts || status === 'refused',
  );
  if (isStored.status === 'refused') throw new Error(`The upload was refused: ${isStored.error}`);
  const stored = performance.now();
  const { status, counts } = await uploads.waitFor(id, waiting);
  if (counts.completed !== payouts) throw new Error(`The upload is ${status}: ${JSON.stringify(counts)}`);
  const paid = performance.now();
  const { moved, moved_more_than_once: twice } = await new MockBank(at).audit(`${id}-`);
  if (moved !== payouts || twice > 0) throw new Error(`The bank paid ${moved} of ${payouts} payouts, ${twice} twice.`);
  return { id, stored, paid, bytes: file.bytes, course };
}

/** The report of all payouts. @returns seconds until it is written */
async function report(at: Endpoints, id: string): Promise<number> {
  const { uploads } = clientOf(at);
  const began = performance.now();
  await uploads.requestReport(id);
  const waiting = { timeoutMs: Number.POSITIVE_INFINITY, pollMs: POLL_MS };
  await uploads.waitFor(id, waiting, ({ report: state }) => state === 'ready');
  return (performance.now() - began) / 1_000;
}

/** Every vendor has one payout. */
async function writePayouts(path: string, many: number, prefix: string): Promise<void> {
  const file = createWriteStream(path);
  let text = 'vendor_id,vendor_name,amount,currency,bank_account,bank_name,transaction_ids\n';
  for (let row = 1; row <= many; row += 1) {
    const sales = Array.from({ length: SALES_PER_PAYOUT }, (_, sale) => `txn-${prefix}-${row}-${sale}`).join(';');
    text += `${prefix}-${row},Vendor ${row},${100 + (row % 9_000)}.25,IDR,10020030${row},Bank Mandiri,${sales}\n`;
    if (row % ROWS_PER_WRITE !== 0 && row < many) continue;
    if (!file.write(text)) await once(file, 'drain');
    text = '';
  }
  file.end();
  await once(file, 'finish');
}

const secondsOf = ({ storedSeconds, paidSeconds }: UploadMeasured) => storedSeconds + paidSeconds;
const round = (value: number, digits = 0) => Number(value.toFixed(digits));
const heapOf = ({ memory }: UploadMeasured) => Math.max(...memory.map((sample) => sample.heapMb));

export function uploadRow(one: UploadMeasured, smaller: UploadMeasured | undefined, limits: Limits) {
  const { payouts, counts } = one;
  const each = (count: number) => round(count / payouts, 2);
  return {
    payouts,
    MB: round(one.bytes / 1e6, 1),
    'stored s': round(one.storedSeconds, 1),
    'paid s': round(one.paidSeconds, 1),
    'report s': round(one.reportSeconds, 1),
    'payouts/s': round(payouts / secondsOf(one)),
    growth: smaller ? round(secondsOf(one) / secondsOf(smaller), 1) : '',
    ...limitOf(limits, { counts, seconds: secondsOf(one), bankCalls: payouts }),
    'CPU ms each': each(counts.cpuMs),
    'RSS MB': one.rssMb,
    'heap MB': round(heapOf(one)),
    'item writes each': each(counts.itemWrites),
    'write units each': each(sum(counts.units?.written)),
  };
}

/** Growth is compared per row, so that it fits any two sizes. */
export function uploadsBudgets(measured: readonly UploadMeasured[]) {
  return measured.slice(1).flatMap((one, index) => {
    const smaller = measured[index] as UploadMeasured;
    const rows = `${one.payouts.toLocaleString('en')} rows`;
    const per10 = (10 * secondsOf(one) * smaller.payouts) / secondsOf(smaller) / one.payouts;
    return [
      line(`${rows}: seconds for ten times the rows`, round(per10, 1), atMost(MOST_GROWTH)),
      line(
        `${rows}: heap, % of that before`,
        round((100 * heapOf(one)) / heapOf(smaller)),
        atMost(MOST_PERCENT_OF_MEMORY),
      ),
    ];
  });
}
