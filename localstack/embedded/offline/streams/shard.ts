/** Reading a shard of a table's stream, and making batches of its records. */

import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { streamRecord } from './event.ts';
import { Pause } from './pause.ts';
import type { ShardOfTrigger } from './positions.ts';
import type { StreamTrigger } from './trigger.ts';

export interface Batch {
  records: DynamoDBRecord[];
  /** The last record that was read for it, whether the filter let it through or not. */
  through: string;
}

export interface ShardReaderOptions {
  client: DynamoDBStreamsClient;
  trigger: StreamTrigger;
  shard: ShardOfTrigger;
  /** The record to begin behind; null for the oldest there is. */
  after: string | null;
  log: (line: string) => void;
  stopped: AbortSignal;
}

/** The most one call reads. */
const RECORDS_PER_CALL = 1_000;
/** Lambda's limit on an event, less what is around the records. */
const EVENT_BYTES = 6 * 1024 * 1024 - 1024;
/** There is no long poll. Right after a record the next is looked for often, on a quiet stream six times a second. */
const FIRST_LOOK_MS = 10;
const QUIET_LOOK_MS = 160;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

export class ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #retry: Pause;
  #readTo: string | null;
  #iterator: string | undefined;
  #waiting: DynamoDBRecord[] = [];
  #isAtEnd = false;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#readTo = options.after;
    this.#retry = new Pause(FIRST_RETRY_MS, LONGEST_RETRY_MS, options.stopped);
  }

  /** True when the shard is closed and all of it was read. */
  get isFinished(): boolean {
    return this.#isAtEnd && this.#waiting.length === 0;
  }

  /**
   * The next batch, which may be empty when the filter kept everything away; undefined at the end of the shard and when
   * stopped. Waits as long as there is nothing.
   * @throws ResourceNotFoundException when the stream is gone.
   */
  async next(): Promise<Batch | undefined> {
    const { trigger, stopped } = this.#options;
    const quiet = new Pause(FIRST_LOOK_MS, QUIET_LOOK_MS, stopped);
    const batch = { records: [], bytes: 0, through: '' };
    let closesAt = Number.POSITIVE_INFINITY;
    while (!stopped.aborted) {
      const isFull = this.#fill(batch);
      const isFiltered = batch.records.length === 0 && batch.through !== '';
      if (batch.records.length > 0) closesAt = Math.min(closesAt, Date.now() + trigger.batchingWindowSeconds * 1000);
      if (isFull || isFiltered || Date.now() >= closesAt) return batch;
      if (this.isFinished) return batch.records.length > 0 ? batch : undefined;
      if (await this.#read()) quiet.reset();
      else await quiet.take();
    }
    return undefined;
  }

  /** Passes over what there is. @returns the last record passed over; null when there is none */
  async skipToEnd(): Promise<string | null> {
    const { stopped } = this.#options;
    let count: number | undefined;
    do {
      count = await this.#read();
      this.#waiting = [];
    } while (count !== 0 && !this.#isAtEnd && !stopped.aborted);
    return this.#readTo;
  }

  /** Moves records to the batch. True when it takes no more. */
  #fill(batch: Batch & { bytes: number }): boolean {
    const { trigger } = this.#options;
    for (let record = this.#waiting[0]; record !== undefined; record = this.#waiting[0]) {
      if (trigger.filter(record)) {
        const bytes = Buffer.byteLength(JSON.stringify(record)) + 1;
        if (batch.records.length > 0 && batch.bytes + bytes > EVENT_BYTES) return true;
        batch.records.push(record);
        batch.bytes += bytes;
      }
      batch.through = record.dynamodb?.SequenceNumber ?? '';
      this.#waiting.shift();
      if (batch.records.length === trigger.batchSize) return true;
    }
    return false;
  }

  /** Reads what comes next. @returns how many records that was; undefined, after a pause, when it could not be read */
  async #read(): Promise<number | undefined> {
    const { client, shard, trigger, stopped } = this.#options;
    try {
      this.#iterator ??= await this.#open();
      const request = new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: RECORDS_PER_CALL });
      const { Records = [], NextShardIterator } = await client.send(request, { abortSignal: stopped });
      this.#iterator = NextShardIterator;
      this.#isAtEnd = NextShardIterator === undefined;
      this.#readTo = Records.at(-1)?.dynamodb?.SequenceNumber ?? this.#readTo;
      this.#waiting.push(...Records.map((record) => streamRecord(record, shard.streamArn, trigger.region)));
      this.#retry.reset();
      return Records.length;
    } catch (error) {
      this.#iterator = undefined;
      await this.#recover(error as Error);
      return undefined;
    }
  }

  /** @throws the error when there is nothing to be done about it here. */
  async #recover(error: Error): Promise<void> {
    const { trigger, log, stopped } = this.#options;
    if (stopped.aborted || error.name === 'ExpiredIteratorException') return; // after a quarter of an hour asleep
    if (error.name === 'ResourceNotFoundException') throw error;
    if (error.name === 'TrimmedDataAccessException') {
      log(`${trigger.functionName}: the stream of ${trigger.tableName} no longer reaches back to where it was left`);
      this.#readTo = null;
      return;
    }
    log(`${trigger.functionName} cannot read the stream of ${trigger.tableName}: ${error}`);
    await this.#retry.take();
  }

  async #open(): Promise<string | undefined> {
    const { client, shard, stopped } = this.#options;
    const from =
      this.#readTo === null
        ? { ShardIteratorType: 'TRIM_HORIZON' as const }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: this.#readTo };
    const request = new GetShardIteratorCommand({ StreamArn: shard.streamArn, ShardId: shard.shardId, ...from });
    return (await client.send(request, { abortSignal: stopped })).ShardIterator;
  }
}
