import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { awsOf } from '../aws.ts';
import type { Endpoints } from '../endpoints.ts';
import { type Counts, meterOf } from './meter.ts';

const POLL_MS = 50;
const STILL_MS = 500;

type Index = { readonly TableName: string; readonly IndexName: string };
/** Only unpublished events are in this index. */
const WAITING_EVENTS: Index = { TableName: 'sluice-local-events', IndexName: 'gsi1' };

/**
 * Waits until all events are published and nothing is written for half a second.
 * @returns the meter at the end
 */
export async function quiet(at: Endpoints): Promise<Counts> {
  return withDynamo(at, async (dynamo) => {
    let last = await meterOf(at);
    for (let still = 0; still < STILL_MS || !(await isEmpty(dynamo, WAITING_EVENTS)); ) {
      await setTimeout(POLL_MS);
      const now = await meterOf(at);
      still = now.itemWrites === last.itemWrites ? still + POLL_MS : 0;
      last = now;
    }
    return last;
  });
}

/** Waits until an index has no entry. */
export async function emptied(at: Endpoints, index: Index, pollMs: number): Promise<void> {
  await withDynamo(at, async (dynamo) => {
    while (!(await isEmpty(dynamo, index))) await setTimeout(pollMs);
  });
}

/** With a client of the bench, so that the service's meter does not count its requests. */
async function withDynamo<Result>(at: Endpoints, use: (dynamo: DynamoDBClient) => Promise<Result>): Promise<Result> {
  const dynamo = new DynamoDBClient(awsOf(at));
  try {
    return await use(dynamo);
  } finally {
    dynamo.destroy();
  }
}

const isEmpty = async (dynamo: DynamoDBClient, index: Index) =>
  (await dynamo.send(new ScanCommand({ ...index, Limit: 1 }))).Count === 0;

/** One request, without the client: a load counts every answer, and no retries. @returns the status */
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
