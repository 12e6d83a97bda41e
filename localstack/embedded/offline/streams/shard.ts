/** Reads a shard of a table's stream in batches. */

import { setTimeout } from 'node:timers/promises';
import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { Backoff } from './backoff.ts';
import { streamRecord } from './event.ts';
import type { ShardOfTrigger } from './positions.ts';
import type { StreamTrigger } from './trigger.ts';

export interface Batch {
  records: DynamoDBRecord[];
  /** Sequence number of the last record that was read, including filtered ones. */
  lastRead: string;
}

export interface ShardReaderOptions {
  client: DynamoDBStreamsClient;
  trigger: StreamTrigger;
  shard: ShardOfTrigger;
  /** Start after this record; null starts with the oldest. */
  after: string | null;
  log: (line: string) => void;
  stopped: AbortSignal;
}

/** DynamoDB's limit for one read. */
const RECORDS_PER_CALL = 1_000;
/** Lambda's limit for an event, minus the envelope. */
const EVENT_BYTES = 6 * 1024 * 1024 - 1024;
/**
 * Between two reads. Lambda reads a shard four times a second, so several records reach a function at once.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
const POLL_MS = 100;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

export class ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #retry: Backoff;
  #readTo: string | null;
  #iterator: string | undefined;
  #buffer: DynamoDBRecord[] = [];
  #isAtEnd = false;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#readTo = options.after;
    this.#retry = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS, options.stopped);
  }

  /** True if the shard is closed and was read completely. */
  get isFinished(): boolean {
    return this.#isAtEnd && this.#buffer.length === 0;
  }

  /**
   * Waits for the next batch. It is empty if the filter rejected all records; undefined at the end of the shard or after a stop.
   * @throws ResourceNotFoundException if the stream does not exist.
   */
  async next(): Promise<Batch | undefined> {
    const { trigger, stopped } = this.#options;
    const batch = { records: [], bytes: 0, lastRead: '' };
    let closesAt = Number.POSITIVE_INFINITY;
    while (!stopped.aborted) {
      const isFull = this.#fill(batch);
      const isFiltered = batch.records.length === 0 && batch.lastRead !== '';
      if (batch.records.length > 0) closesAt = Math.min(closesAt, Date.now() + trigger.batchingWindowSeconds * 1000);
      if (isFull || isFiltered || Date.now() >= closesAt) return batch;
      if (this.isFinished) return batch.records.length > 0 ? batch : undefined;
      await this.#untilNextPoll();
      await this.#read();
    }
    return undefined;
  }

  async #untilNextPoll(): Promise<void> {
    const ms = this.#readAt + POLL_MS - performance.now();
    if (ms > 0) await setTimeout(ms, undefined, { signal: this.#options.stopped }).catch(() => {}); // rejects at the stop
    this.#readAt = performance.now();
  }

  /** Skips all existing records. @returns the last skipped one; null if there is none */
  async skipToEnd(): Promise<string | null> {
    const { stopped } = this.#options;
    let count: number | undefined;
    do {
      count = await this.#read();
      this.#buffer = [];
    } while (count !== 0 && !this.#isAtEnd && !stopped.aborted);
    return this.#readTo;
  }

  /** Moves buffered records to the batch. True if the batch is full. */
  #fill(batch: Batch & { bytes: number }): boolean {
    const { trigger } = this.#options;
    for (let record = this.#buffer[0]; record !== undefined; record = this.#buffer[0]) {
      if (trigger.filter(record)) {
        const bytes = Buffer.byteLength(JSON.stringify(record)) + 1;
        if (batch.records.length > 0 && batch.bytes + bytes > EVENT_BYTES) return true;
        batch.records.push(record);
        batch.bytes += bytes;
      }
      batch.lastRead = record.dynamodb?.SequenceNumber ?? '';
      this.#buffer.shift();
      if (batch.records.length === trigger.batchSize) return true;
    }
    return false;
  }

  /** Reads the next records. @returns their number; undefined, after a pause, if the read failed */
  async #read(): Promise<number | undefined> {
    const { client, shard, trigger, stopped } = this.#options;
    try {
      this.#iterator ??= await this.#open();
      const request = new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: RECORDS_PER_CALL });
      const { Records = [], NextShardIterator } = await client.send(request, { abortSignal: stopped });
      this.#iterator = NextShardIterator;
      this.#isAtEnd = NextShardIterator === undefined;
      this.#readTo = Records.at(-1)?.dynamodb?.SequenceNumber ?? this.#readTo;
      this.#buffer.push(...Records.map((record) => streamRecord(record, shard.streamArn, trigger.region)));
      this.#retry.reset();
      return Records.length;
    } catch (error) {
      this.#iterator = undefined;
      await this.#recover(error as Error);
      return undefined;
    }
  }

  /** @throws the error if the stream does not exist. */
  async #recover(error: Error): Promise<void> {
    const { trigger, log, stopped } = this.#options;
    if (stopped.aborted || error.name === 'ExpiredIteratorException') return; // iterators expire after 15 minutes
    if (error.name === 'ResourceNotFoundException') throw error;
    if (error.name === 'TrimmedDataAccessException') {
      log(`${trigger.functionName} missed records of ${trigger.tableName} that the stream has trimmed`);
      this.#readTo = null;
      return;
    }
    log(`${trigger.functionName} cannot read the stream of ${trigger.tableName}: ${error}`);
    await this.#retry.wait();
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
