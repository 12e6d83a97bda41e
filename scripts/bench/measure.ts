import { setTimeout } from 'node:timers/promises';
import { MockBank } from '../bank.ts';
import { clientOf, type Endpoints } from '../endpoints.ts';
import { vendorPayouts } from '../seed/vendors.ts';
import { between, type Counts, meterOf } from './meter.ts';

/** Parallel calls to the bank in the embedded stack (serverless.yml, bankMaxInFlight of stage local). */
export const IN_FLIGHT = 100;
const SEED = 42;
const POLL_MS = 20;
/** Time to delete the last messages, which is part of the cost. */
const UNTIL_DELETED_MS = 50;

export type Bank = { readonly mode: 'happy' | 'random'; readonly latencyMs: readonly [number, number] };
export type Measured = {
  readonly payouts: number;
  /** From sending POST /batches to its answer. */
  readonly createSeconds: number;
  /** From that answer until GET /batches/{id} shows a finished batch. */
  readonly processSeconds: number;
  readonly attempts: number;
  /** attempts x mean latency / calls in flight: no schedule can be faster. */
  readonly boundSeconds: number;
  readonly counts: Counts;
};

/** Creates one batch as a client and waits until it is finished. */
export async function measureBatch(at: Endpoints, id: string, size: number, bank: Bank): Promise<Measured> {
  const { batches } = clientOf(at);
  const mockBank = new MockBank(at);
  await mockBank.setMode({ mode: bank.mode, latency_ms: bank.latencyMs, seed: SEED });
  const payouts = vendorPayouts(size, SEED);
  const before = await meterOf(at);
  const began = performance.now();
  await batches.create({ batch_id: id, payouts });
  const created = performance.now();
  await batches.waitFor(id, { timeoutMs: Number.POSITIVE_INFINITY, pollMs: POLL_MS });
  const ended = performance.now();
  await setTimeout(UNTIL_DELETED_MS);
  const after = await meterOf(at);
  const { arrivals: attempts } = await mockBank.audit(`${id}.`);
  const [least, most] = bank.latencyMs;
  return {
    payouts: payouts.length,
    createSeconds: (created - began) / 1_000,
    processSeconds: (ended - created) / 1_000,
    attempts,
    boundSeconds: (attempts * ((least + most) / 2)) / 1_000 / IN_FLIGHT,
    counts: between(before, after),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
