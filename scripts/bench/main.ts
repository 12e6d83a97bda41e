/** `npm run bench -- [--quick] [--json FILE]`: what payouts cost here, beside the budgets of the design. Ends by itself. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, type Endpoints } from '../client.ts';
import { ServiceProcess } from '../service.ts';
import { type Bank, type Measured, measureBatch, median } from './measure.ts';
import { peakMemoryMb } from './memory.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
});

const SIZES = options.quick ? [100, 1_000] : [100, 1_000, 5_000];
const RUNS = options.quick ? 1 : 3;
const BANKS: readonly Bank[] = [
  { mode: 'happy', latencyMs: [0, 0] },
  { mode: 'random', latencyMs: [0, 0] },
  { mode: 'random', latencyMs: [50, 500] },
];
const BUDGETS: readonly (readonly [what: string, budget: string])[] = [
  ['5,000 payouts, bank latency 0', '3.8 s'],
  ['5,000 payouts, 50 to 500 ms, 100 in flight', '90 % of the bound'],
  ['item writes per payout', '2.2'],
  ['create 5,000', '0.6 s'],
  ['SQS requests per payout', '0.1'],
  ['npm start to the first answer', '5 s'],
];

const inNewDirectory = async <Result>(work: (dataDir: string) => Promise<Result>): Promise<Result> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    return await work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
};

/** Seconds from spawning npm start, with nothing on disk, to the first answer of the API. */
async function startUp(): Promise<number> {
  return inNewDirectory(async (dataDir) => {
    const service = await ServiceProcess.at(dataDir);
    const began = performance.now();
    const { api } = await service.start();
    await fetch(`${api}/health`);
    const seconds = (performance.now() - began) / 1_000;
    await service.stop();
    return seconds;
  });
}

async function payouts(client: Client, at: Endpoints): Promise<{ bank: Bank; runs: Measured[] }[]> {
  await measureBatch(client, at, 'warm-up', 1_000, BANKS[0] as Bank);
  const results = [];
  for (const bank of BANKS) {
    for (const size of SIZES) {
      const runs: Measured[] = [];
      const isLong = bank.latencyMs[1] > 0 && size >= 5_000;
      for (let run = 1; run <= (isLong ? 1 : RUNS); run += 1) {
        const id = `bench-${bank.mode}-${bank.latencyMs[1]}-${size}-${run}`;
        runs.push(await measureBatch(client, at, id, size, bank));
        process.stderr.write('.');
      }
      results.push({ bank, runs });
    }
  }
  process.stderr.write('\n');
  return results;
}

function row({ bank, runs }: { bank: Bank; runs: Measured[] }) {
  const of = (figure: (measured: Measured) => number, digits = 2) => Number(median(runs.map(figure)).toFixed(digits));
  const isBound = bank.latencyMs[1] > 0;
  return {
    payouts: runs[0]?.payouts ?? 0,
    bank: `${bank.mode}, ${bank.latencyMs.join('-')} ms`,
    runs: runs.length,
    'create s': of((run) => run.createSeconds),
    'process s': of((run) => run.processSeconds),
    '% of bound': isBound ? of((run) => (100 * run.boundSeconds) / run.processSeconds, 0) : null,
    'attempts/payout': of((run) => run.attempts / run.payouts, 3),
    'item writes/payout': of((run) => run.itemWritesPerPayout, 3),
    'SQS requests/payout': of((run) => run.sqsRequestsPerPayout, 3),
  };
}

const starts = [];
for (let run = 0; run < RUNS; run += 1) starts.push(await startUp());

await inNewDirectory(async (dataDir) => {
  const service = await ServiceProcess.at(dataDir);
  try {
    const at = await service.start();
    const rows = (await payouts(new Client(at), at)).map(row);
    const memory = peakMemoryMb(service.pid);
    console.log(`\nNode ${process.version}, ${availableParallelism()} cores; medians\n`);
    console.table(rows);
    console.log(
      `start-up to the first answer: ${median(starts).toFixed(2)} s (median of ${starts.length}, empty data directory)`,
    );
    console.log(`peak memory: ${memory.total} MB in all processes, ${memory.largest} MB in the largest\n`);
    console.log('Budgets:');
    for (const [what, budget] of BUDGETS) console.log(`  ${what}: ${budget}`);
    if (options.json) {
      writeFileSync(
        options.json,
        `${JSON.stringify({ rows, startUpSeconds: median(starts), memoryMb: memory }, null, 2)}\n`,
      );
    }
  } finally {
    await service.stop();
  }
});
