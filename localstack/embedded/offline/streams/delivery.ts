/**
 * Delivers a batch of records to a function until each record is processed or discarded.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */

import type { DynamoDBRecord } from 'aws-lambda';
import type { Invoke } from '../../lambda.ts';
import { Backoff } from './backoff.ts';
import { processedCount } from './event.ts';
import type { StreamTrigger } from './trigger.ts';

export interface Delivery {
  trigger: StreamTrigger;
  invoke: Invoke;
  log: (line: string) => void;
  stopped: AbortSignal;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Called with the sequence number up to which all records are processed or discarded. */
  onProgress: (sequenceNumber: string) => void;
}

/** Records for one invocation, and how often in a row they have failed. */
interface Attempt {
  records: DynamoDBRecord[];
  failures: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** DynamoDB deletes stream records after 24 hours, so older ones are not retried. */
const RETENTION_SECONDS = 24 * 60 * 60;
/** Errors of lambda.ts for an invocation that did not reach the function. They do not count as failures. */
const NOT_INVOKED = new Set(['Lambda.ServiceException', 'Lambda.ResourceNotFoundException']);

/**
 * Invokes the function with the records in order. Failed records are retried before later ones.
 * @returns false if it was stopped first. The remaining records must be delivered again.
 */
export async function deliver(batch: DynamoDBRecord[], delivery: Delivery): Promise<boolean> {
  const { trigger, log, stopped, onProgress } = delivery;
  const backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, stopped);
  const attempts: Attempt[] = [{ records: batch, failures: 0 }];
  for (let attempt = attempts.shift(); attempt !== undefined; attempt = attempts.shift()) {
    if (stopped.aborted) return false;
    const records = discardExpired(attempt.records, delivery);
    if (records.length === 0) continue;
    const { done, reason, wasInvoked } = await invokeWith(records, delivery);
    if (done > 0) onProgress(numberOf(records[done - 1]));
    if (done === records.length) {
      backoff.reset();
      continue;
    }
    const rest = records.slice(done);
    const failures = (done > 0 ? 0 : attempt.failures) + (wasInvoked ? 1 : 0);
    const retries = retriesOf(rest, { failures, progressed: done > 0, wasInvoked }, delivery);
    if (retries.length === 0) {
      discard(rest, `after ${failures} failures: ${reason}`, delivery);
      continue;
    }
    if (done > 0 || retries.length > 1) backoff.reset(); // the next attempt has other records
    log(`${trigger.functionName} failed on ${rest.length} records of ${trigger.tableName}: ${reason}`);
    attempts.unshift(...retries);
    await backoff.wait();
  }
  return true;
}

/** The next attempts for failed records: the same records, two halves, or none. */
function retriesOf(
  records: DynamoDBRecord[],
  { failures, progressed, wasInvoked }: { failures: number; progressed: boolean; wasInvoked: boolean },
  { trigger, now }: Delivery,
): Attempt[] {
  // Only a single record uses up retries; splitting does not.
  if (trigger.bisectsBatch && wasInvoked && records.length > 1) {
    if (progressed) return [{ records, failures: 0 }];
    const middle = Math.ceil(records.length / 2);
    return [records.slice(0, middle), records.slice(middle)].map((half) => ({ records: half, failures: 0 }));
  }
  const isExpired = ageSeconds(records[0], now) > RETENTION_SECONDS;
  return failures > trigger.maximumRetryAttempts || isExpired ? [] : [{ records, failures }];
}

interface Outcome {
  /** How many records, from the first, were processed. */
  done: number;
  /** Why the others failed. */
  reason: string;
  wasInvoked: boolean;
}

async function invokeWith(records: DynamoDBRecord[], { trigger, invoke }: Delivery): Promise<Outcome> {
  try {
    const answer = await invoke(trigger.functionName, { Records: records });
    const done = trigger.reportsFailures ? processedCount(records, answer) : records.length;
    return { done, reason: 'it reported a failure', wasInvoked: true };
  } catch (error) {
    return { done: 0, reason: String(error), wasInvoked: !NOT_INVOKED.has((error as Error).name) };
  }
}

function discardExpired(records: DynamoDBRecord[], delivery: Delivery): DynamoDBRecord[] {
  const limit = delivery.trigger.maximumRecordAgeSeconds;
  const firstValid = records.findIndex((record) => ageSeconds(record, delivery.now) <= limit);
  const expired = firstValid < 0 ? records.length : firstValid;
  if (expired > 0) discard(records.slice(0, expired), `older than ${limit} s`, delivery);
  return records.slice(expired);
}

function discard(records: DynamoDBRecord[], reason: string, { trigger, log, onProgress }: Delivery): void {
  const [first, last] = [numberOf(records[0]), numberOf(records.at(-1))];
  const range = `${records.length} records of ${trigger.tableName} (${first} to ${last})`;
  log(`${trigger.functionName} discarded ${range}, ${reason}`);
  onProgress(last);
}

function ageSeconds(record: DynamoDBRecord | undefined, now: () => number): number {
  const createdAt = record?.dynamodb?.ApproximateCreationDateTime;
  return createdAt === undefined ? 0 : now() / 1000 - createdAt;
}

function numberOf(record: DynamoDBRecord | undefined): string {
  return record?.dynamodb?.SequenceNumber ?? '';
}
