/** The event source mapping between a table's stream and a function. */

import { setTimeout } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, type Shard } from '@aws-sdk/client-dynamodb-streams';
import type { Invoke } from '../../lambda.ts';
import { withoutRepeats } from '../../output.ts';
import type { Poller } from '../poller.ts';
import { deliver } from './delivery.ts';
import type { ShardOfTrigger, StreamPositions } from './positions.ts';
import { ShardReader } from './shard.ts';
import type { StreamTrigger } from './trigger.ts';

export interface StreamPollerOptions {
  /** The endpoint of DynamoDB. */
  endpoint: string;
  trigger: StreamTrigger;
  positions: StreamPositions;
  invoke: Invoke;
  log: (line: string) => void;
}

interface Polling extends Omit<StreamPollerOptions, 'endpoint'> {
  tables: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  stopped: AbortSignal;
}

/**
 * Shards are also listed when one is closed, because new ones appear then. Otherwise seldom: dynoxide scans all records of the
 * table for it, 1.2 ms per 1,000.
 */
const LIST_SHARDS_MS = { whileReading: 15 * 60_000, withoutAny: 1_000 };
const PAUSE_AFTER_ERROR_MS = 500;

/**
 * Reads until drained. Delivers the records of each shard in order, one batch at a time, at least once: the position is saved
 * after the invocation.
 */
export function startStreamPoller({ endpoint, trigger, log, ...options }: StreamPollerOptions): Poller {
  const config = {
    endpoint,
    region: trigger.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1, // the pollers retry and log
    requestHandler: { requestTimeout: 10_000 },
  };
  const [tables, streams] = [new DynamoDBClient(config), new DynamoDBStreamsClient(config)];
  const stop = new AbortController();
  const polling = poll({ ...options, trigger, log: withoutRepeats(log), tables, streams, stopped: stop.signal });
  return {
    drain: async () => {
      stop.abort();
      await polling;
      tables.destroy();
      streams.destroy();
    },
  };
}

/** Follows the latest stream of the table, also after it was replaced. */
async function poll(polling: Polling): Promise<void> {
  const { trigger, log, stopped } = polling;
  while (!stopped.aborted) {
    try {
      await followStream(polling, await latestStream(polling));
    } catch (error) {
      if (stopped.aborted) return;
      log(`${trigger.functionName} cannot follow the stream of ${trigger.tableName}: ${error}`);
      await wait(PAUSE_AFTER_ERROR_MS, stopped);
    }
  }
}

/** Reads all shards in parallel, but each only after its parent. @throws Error if the stream does not exist */
async function followStream(polling: Polling, streamArn: string): Promise<void> {
  const ended = new AbortController();
  const stopped = AbortSignal.any([polling.stopped, ended.signal]);
  const reading = new Map<string, Promise<void>>();
  let failure: unknown;
  const read = (shard: ShardOfTrigger) =>
    readShard({ ...polling, stopped }, shard)
      .catch((error: unknown) => {
        failure ??= error;
        ended.abort();
      })
      .finally(() => reading.delete(shard.shardId));
  await skipToLatest(polling, streamArn);
  try {
    while (!stopped.aborted) {
      for (const shard of await readableShards(polling, streamArn)) {
        if (!reading.has(shard.shardId)) reading.set(shard.shardId, read(shard));
      }
      const pauseMs = reading.size > 0 ? LIST_SHARDS_MS.whileReading : LIST_SHARDS_MS.withoutAny;
      await Promise.race([wait(pauseMs, stopped), ...reading.values()]);
    }
  } finally {
    ended.abort();
    await Promise.all(reading.values());
  }
  if (failure !== undefined) throw failure;
}

/** On the first start of a trigger with LATEST, saves the end of each shard as its position. */
async function skipToLatest(polling: Polling, streamArn: string): Promise<void> {
  const { trigger, streams: client, positions, log, stopped } = polling;
  if (trigger.startingPosition !== 'LATEST' || positions.has(trigger.functionName, streamArn)) return;
  const skipped = (await shardsOf(polling, streamArn)).map(async ({ ShardId: shardId = '' }) => {
    const shard = { functionName: trigger.functionName, streamArn, shardId };
    const reader = new ShardReader({ client, trigger, shard, after: null, log, stopped });
    return { shard, position: { after: await reader.skipToEnd(), finished: reader.isFinished } };
  });
  const beginnings = await Promise.all(skipped);
  if (stopped.aborted) return;
  for (const { shard, position } of beginnings) positions.save(shard, position);
}

/** Unfinished shards whose parent is finished or no longer in the stream. */
async function readableShards(polling: Polling, streamArn: string): Promise<ShardOfTrigger[]> {
  const { positions, trigger } = polling;
  const shards = await shardsOf(polling, streamArn);
  const shard = (shardId = '') => ({ functionName: trigger.functionName, streamArn, shardId });
  const ids = shards.map(({ ShardId = '' }) => ShardId);
  positions.deleteOthers(trigger.functionName, streamArn, ids);
  const unfinished = new Set(ids.filter((id) => !positions.get(shard(id))?.finished));
  return shards
    .filter(({ ShardId = '', ParentShardId = '' }) => unfinished.has(ShardId) && !unfinished.has(ParentShardId))
    .map(({ ShardId }) => shard(ShardId));
}

async function readShard(polling: Polling, shard: ShardOfTrigger): Promise<void> {
  const { streams: client, positions, trigger, log, stopped } = polling;
  let after = positions.get(shard)?.after ?? null;
  const onProgress = (sequenceNumber: string) => {
    after = sequenceNumber;
    positions.save(shard, { after, finished: false });
  };
  const reader = new ShardReader({ client, trigger, shard, after, log, stopped });
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) {
    const isDelivered = await deliver(batch.records, { ...polling, now: Date.now, onProgress });
    if (!isDelivered) return;
    if (batch.lastRead !== after) onProgress(batch.lastRead);
  }
  // After a stop, the reader may hold an incomplete batch.
  if (reader.isFinished && !stopped.aborted) positions.save(shard, { after, finished: true });
}

/** A stop ends it early. */
const wait = (ms: number, stopped: AbortSignal) => setTimeout(ms, undefined, { signal: stopped }).catch(() => {});

async function shardsOf({ streams, stopped }: Polling, StreamArn: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let ExclusiveStartShardId: string | undefined;
  do {
    const request = new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId });
    const { StreamDescription } = await streams.send(request, { abortSignal: stopped });
    shards.push(...(StreamDescription?.Shards ?? []));
    ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
  } while (ExclusiveStartShardId !== undefined);
  return shards;
}

/** Not in the template, because a stream's ARN ends with the time when the stream was enabled. */
async function latestStream({ tables, trigger, stopped }: Polling): Promise<string> {
  const request = new DescribeTableCommand({ TableName: trigger.tableName });
  const { Table } = await tables.send(request, { abortSignal: stopped });
  if (Table?.LatestStreamArn === undefined) throw new Error('the table has no stream');
  return Table.LatestStreamArn;
}
