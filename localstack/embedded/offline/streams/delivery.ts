/**
 * A batch of records in the hands of a function, until every record was dealt with or given up.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */

import type { DynamoDBRecord } from 'aws-lambda';
import type { Invoke } from '../../lambda.ts';
import { dealtWith } from './event.ts';
import { Pause } from './pause.ts';
import type { StreamTrigger } from './trigger.ts';

export interface Delivery {
  trigger: StreamTrigger;
  invoke: Invoke;
  log: (line: string) => void;
  stopped: AbortSignal;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Hears the sequence number of the last record that needs no further try. */
  passed: (sequenceNumber: string) => void;
}

/** What is handed over together, and how often in a row that failed. */
interface Piece {
  records: DynamoDBRecord[];
  failures: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** What DynamoDB keeps a record for; what fails for longer than that would be gone. */
const RETENTION_SECONDS = 24 * 60 * 60;
/** What lambda.ts calls an invocation that did not reach the function: no try, so it does not count as one. */
const NOT_INVOKED = new Set(['Lambda.ServiceException', 'Lambda.ResourceNotFoundException']);

/**
 * Hands records over in order, one piece at a time. What fails is tried again before anything after it.
 * @returns false when a stop came first: what had not passed by then has to be delivered again.
 */
export async function deliver(batch: DynamoDBRecord[], delivery: Delivery): Promise<boolean> {
  const { trigger, log, stopped, passed } = delivery;
  const pause = new Pause(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, stopped);
  const pieces: Piece[] = [{ records: batch, failures: 0 }];
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    if (stopped.aborted) return false;
    const records = withoutAged(piece.records, delivery);
    if (records.length === 0) continue;
    const { done, reason, wasInvoked } = await handOver(records, delivery);
    if (done > 0) passed(numberOf(records[done - 1]));
    if (done === records.length) {
      pause.reset();
      continue;
    }
    const rest = records.slice(done);
    const failures = (done > 0 ? 0 : piece.failures) + (wasInvoked ? 1 : 0);
    const again = tryAgain(rest, { failures, progressed: done > 0, wasInvoked }, delivery);
    if (again.length === 0) {
      giveUp(rest, `after ${failures} failures: ${reason}`, delivery);
      continue;
    }
    if (done > 0 || again.length > 1) pause.reset(); // not the same try again
    log(`${trigger.functionName} failed on ${rest.length} records of ${trigger.tableName}: ${reason}`);
    pieces.unshift(...again);
    await pause.take();
  }
  return true;
}

/** What becomes of records that failed: tried again as they are, or in two halves, or not at all. */
function tryAgain(
  records: DynamoDBRecord[],
  { failures, progressed, wasInvoked }: { failures: number; progressed: boolean; wasInvoked: boolean },
  { trigger, now }: Delivery,
): Piece[] {
  // Splitting uses up no retry: only a record that fails by itself does.
  if (trigger.bisectsBatch && wasInvoked && records.length > 1) {
    if (progressed) return [{ records, failures: 0 }];
    const middle = Math.ceil(records.length / 2);
    return [records.slice(0, middle), records.slice(middle)].map((half) => ({ records: half, failures: 0 }));
  }
  const isGone = ageSeconds(records[0], now) > RETENTION_SECONDS;
  return failures > trigger.maximumRetryAttempts || isGone ? [] : [{ records, failures }];
}

interface Outcome {
  /** How many records, from the first, were dealt with. */
  done: number;
  /** Why the others were not. */
  reason: string;
  wasInvoked: boolean;
}

async function handOver(records: DynamoDBRecord[], { trigger, invoke }: Delivery): Promise<Outcome> {
  try {
    const answer = await invoke(trigger.functionName, { Records: records });
    const done = trigger.reportsFailures ? dealtWith(records, answer) : records.length;
    return { done, reason: 'it reported a failure', wasInvoked: true };
  } catch (error) {
    return { done: 0, reason: String(error), wasInvoked: !NOT_INVOKED.has((error as Error).name) };
  }
}

function withoutAged(records: DynamoDBRecord[], delivery: Delivery): DynamoDBRecord[] {
  const limit = delivery.trigger.maximumRecordAgeSeconds;
  const firstYoung = records.findIndex((record) => ageSeconds(record, delivery.now) <= limit);
  const aged = firstYoung < 0 ? records.length : firstYoung;
  if (aged > 0) giveUp(records.slice(0, aged), `older than ${limit} s`, delivery);
  return records.slice(aged);
}

function giveUp(records: DynamoDBRecord[], why: string, { trigger, log, passed }: Delivery): void {
  const [first, last] = [numberOf(records[0]), numberOf(records.at(-1))];
  const what = `${records.length} records of ${trigger.tableName} (${first} to ${last})`;
  log(`${trigger.functionName} gave up ${what}, ${why}`);
  passed(last);
}

function ageSeconds(record: DynamoDBRecord | undefined, now: () => number): number {
  const createdAt = record?.dynamodb?.ApproximateCreationDateTime;
  return createdAt === undefined ? 0 : now() / 1000 - createdAt;
}

function numberOf(record: DynamoDBRecord | undefined): string {
  return record?.dynamodb?.SequenceNumber ?? '';
}
