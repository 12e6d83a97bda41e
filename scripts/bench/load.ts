import { setTimeout } from 'node:timers/promises';
import type { Endpoints } from '../client.ts';
import { meterOf } from './measure.ts';

const LOOK_EVERY_MS = 50;

/** Once nothing is written for half a second: all events have gone their way. */
export async function quiet(at: Endpoints) {
  let last = await meterOf(at);
  for (let still = 0; still < 500; ) {
    await setTimeout(LOOK_EVERY_MS);
    const now = await meterOf(at);
    still = now.itemWrites === last.itemWrites ? still + LOOK_EVERY_MS : 0;
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

/** Does a number of things, so many at once, each client one after the other. */
export async function inParallel(clients: number, many: number, work: (nth: number, client: number) => Promise<void>) {
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let nth = next++; nth < many; nth = next++) await work(nth, client);
    }),
  );
}
