import { invocation } from './lambda.ts';
import type { SimulatedWorld } from './world.ts';

/** The answers to what a worker reads before it sends are on their way for less, if nothing delays them. */
const READS_MS = 50;
const DELAYS: readonly string[] = ['slow', 'throttled', 'answerLost', 'unprocessed'];

/**
 * Finds a send by a worker that could see that it is forbidden.
 * @param storedAt when what forbids it was stored; infinite: nothing does
 */
export function findLateSend(world: SimulatedWorld, instruction: string, what: string, storedAt: number): void {
  if (invocation()?.faults.some((fault) => DELAYS.includes(fault))) return;
  const afterMs = world.schedule.now - storedAt;
  if (afterMs > READS_MS) world.find(`${instruction} is sent ${afterMs} ms after ${what} was stored`);
}
