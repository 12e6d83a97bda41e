/** `npm run bench -- [--quick] [--json FILE]`: what payouts cost here, beside the budgets of the design. Ends by itself. */

import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Client, type Endpoints } from '../client.ts';
import { withService } from '../service.ts';
import { type Bank, IN_FLIGHT, type Measured, measureBatch, median } from './measure.ts';
import { memoryOf } from './memory.ts';
import { againstBudgets, medianRow, type Series } from './report.ts';

const BANKS: readonly Bank[] = [
  { mode: 'happy', latencyMs: [0, 0] },
  { mode: 'random', latencyMs: [0, 0] },
  { mode: 'random', latencyMs: [50, 500] },
];
const WARM_UP: Bank = { mode: 'happy', latencyMs: [0, 0] };
const LONG_SECONDS = 10;

const NOTES = `
create   from sending POST /batches until its answer
process  from that answer until the batch has finished; at latency 0 some of it has already begun
bound    attempts x mean latency / ${IN_FLIGHT} calls in flight; attempts are the arrivals in the bank's ledger, and the mean is
         the middle of the latency range, from which the bank draws evenly
writes   items in every write request to DynamoDB, each try and each item of a transaction; requests to SQS likewise,
         the poller's receives and deletes and its empty polls among them: both counted at the SDK in the service
memory   VmHWM of each process; pages they share count in each of them`;

function readCommandLine() {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  });
  return values.quick
    ? { json: values.json, sizes: [100, 1_000], runs: 1, starts: 1 }
    : { json: values.json, sizes: [100, 1_000, 5_000], runs: 3, starts: 5 };
}

/** Seconds from spawning the service, with nothing on disk, until GET /health says that all is well. */
async function startUp(): Promise<number> {
  return withService(async (service) => {
    const began = performance.now();
    const { api } = await service.start();
    const { status } = await fetch(`${api}/health`);
    if (status !== 200) throw new Error(`the service is up, but GET /health answers ${status}`);
    return (performance.now() - began) / 1_000;
  });
}

async function measureAll(at: Endpoints, sizes: readonly number[], runs: number): Promise<Series[]> {
  const client = new Client(at);
  await measureBatch(client, at, 'warm-up', 1_000, WARM_UP);
  const all: Series[] = [];
  for (const bank of BANKS) {
    for (const size of sizes) {
      const measured: Measured[] = [];
      do {
        const id = `bench-${bank.mode}-${bank.latencyMs[1]}-${size}-${measured.length + 1}`;
        measured.push(await measureBatch(client, at, id, size, bank));
        process.stderr.write('.');
      } while (measured.length < runs && (measured[0]?.processSeconds ?? 0) < LONG_SECONDS);
      all.push({ bank, runs: measured });
    }
  }
  process.stderr.write('\n');
  return all;
}

async function main(): Promise<void> {
  const { json, sizes, runs, starts } = readCommandLine();
  const machine = { node: process.version, cores: availableParallelism(), loadBefore: loadavg().map(Math.round) };
  const startSeconds: number[] = [];
  for (let start = 0; start < starts; start += 1) startSeconds.push(await startUp());
  const { series, memory } = await withService(async (service) => {
    const measured = await measureAll(await service.start(), sizes, runs);
    return { series: measured, memory: memoryOf(service) };
  });

  console.log(`\nNode ${machine.node}, ${machine.cores} cores, load ${machine.loadBefore.join(' ')} before; medians\n`);
  console.table(series.map(medianRow));
  const budgets = againstBudgets(series, median(startSeconds));
  console.table(budgets);
  console.table(memory);
  console.log(NOTES);
  if (json) writeFileSync(json, `${JSON.stringify({ machine, series, budgets, startSeconds, memory }, null, 2)}\n`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
