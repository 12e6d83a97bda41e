import { setTimeout } from 'node:timers/promises';
import type { Endpoints } from '../client.ts';
import { meterOf } from './meter.ts';

const POLL_MS = 50;

/** Waits until nothing is written for half a second: all events are published, counted and logged. */
export async function quiet(at: Endpoints) {
  let last = await meterOf(at);
  for (let still = 0; still < 500; ) {
    await setTimeout(POLL_MS);
    const now = await meterOf(at);
    still = now.itemWrites === last.itemWrites ? still + POLL_MS : 0;
    last = now;
  }
  return last;
}

/** @returns the status */
export async function post({ api, apiKey }: Endpoints, path: string, body: object, key?: string): Promise<number> {
  const answer = await fetch(`${api}${path}`, {
    method: 'POST',
    headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json', ...(key ? { 'Idempotency-Key': key } : {}) },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Does `many` pieces of work with parallel clients, each client one piece at a time. */
export async function inParallel(clients: number, many: number, work: (nth: number, client: number) => Promise<void>) {
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let nth = next++; nth < many; nth = next++) await work(nth, client);
    }),
  );
}
