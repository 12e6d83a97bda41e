import type { Endpoints } from '../endpoints.ts';
import { withService } from '../service.ts';
import { type Bank, IN_FLIGHT, type Measured, measureBatch } from './measure.ts';
import { memoryOf } from './memory.ts';
import type { Series } from './report.ts';

const BANKS: readonly Bank[] = [
  { mode: 'happy', latencyMs: [0, 0] },
  { mode: 'random', latencyMs: [0, 0] },
  { mode: 'random', latencyMs: [50, 500] },
];
const WARM_UP: Bank = { mode: 'happy', latencyMs: [0, 0] };
const LONG_SECONDS = 10;

export const PAYOUTS_NOTES = `
create   from sending POST /batches to its answer
process  from that answer until the batch is finished; at latency 0 some payouts are paid before the answer
bound    attempts x mean latency / ${IN_FLIGHT} calls in flight; attempts are the arrivals in the bank's ledger, the mean is
         the middle of the latency range, in which latencies are distributed evenly
at best  the share of the bound that a schedule without any cost reaches, since it cannot know which calls will be the last
writes   items in every write request to DynamoDB, each try and each item of a transaction; requests to SQS
         include the receives and deletes of the poller; both are counted at the SDK in the service
memory   VmHWM of each process; shared pages count in each of them`;

/** Seconds from spawning the service, with an empty data directory, until GET /health answers 200. */
export async function startUp(): Promise<number> {
  return withService(async (service) => {
    const began = performance.now();
    const { api } = await service.start();
    const { status } = await fetch(`${api}/health`);
    if (status !== 200) throw new Error(`GET /health answered ${status}`);
    return (performance.now() - began) / 1_000;
  });
}

/** Every size with every bank, in one service. */
export function measurePayouts(sizes: readonly number[], runs: number) {
  return withService(async (service) => {
    const series = await measureAll(await service.start(), sizes, runs);
    return { series, memory: memoryOf(service) };
  });
}

async function measureAll(at: Endpoints, sizes: readonly number[], runs: number): Promise<Series[]> {
  await measureBatch(at, 'warm-up', 1_000, WARM_UP);
  const all: Series[] = [];
  for (const bank of BANKS) {
    for (const size of sizes) {
      const measured: Measured[] = [];
      do {
        const id = `bench-${bank.mode}-${bank.latencyMs[1]}-${size}-${measured.length + 1}`;
        measured.push(await measureBatch(at, id, size, bank));
        process.stderr.write('.');
      } while (measured.length < runs && (measured[0]?.processSeconds ?? 0) < LONG_SECONDS);
      all.push({ bank, runs: measured });
    }
  }
  process.stderr.write('\n');
  return all;
}
