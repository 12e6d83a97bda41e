/** What AWS does between a table's stream and a function: an event source mapping, for the local stack. */

import { setTimeout } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, type Shard } from '@aws-sdk/client-dynamodb-streams';
import { withoutRepeats } from '../../announce.ts';
import type { Invoke } from '../../lambda.ts';
import type { Poller } from '../poller.ts';
import { deliver } from './delivery.ts';
import type { ShardOfTrigger, StreamPositions } from './positions.ts';
import { ShardReader } from './shard.ts';
import type { StreamTrigger } from './trigger.ts';

export interface StreamPollerOptions {
  /** Where DynamoDB answers. */
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

/** New shards come when one is closed, and are looked for then. This is for those that come late, or unannounced. */
const LOOK_FOR_SHARDS_MS = { whileReading: 60_000, withoutAny: 1_000 };
const PAUSE_AFTER_ERROR_MS = 500;

/**
 * Reads until drained. Every shard's records reach the function in order, one batch at a time, at least once: the
 * position is kept after an invocation, never before.
 */
export function startStreamPoller({ endpoint, trigger, log, ...options }: StreamPollerOptions): Poller {
  const config = {
    endpoint,
    region: trigger.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1, // the pollers try again themselves, and say so
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

/** Follows the table's stream, and the next one when that is replaced. */
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

/** Reads all shards at once, but each only after the one it continues. @throws Error when the stream is gone */
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
  await begin(polling, streamArn);
  try {
    while (!stopped.aborted) {
      for (const shard of await readable(polling, streamArn)) {
        if (!reading.has(shard.shardId)) reading.set(shard.shardId, read(shard));
      }
      const look = reading.size > 0 ? LOOK_FOR_SHARDS_MS.whileReading : LOOK_FOR_SHARDS_MS.withoutAny;
      await Promise.race([wait(look, stopped), ...reading.values()]);
    }
  } finally {
    ended.abort();
    await Promise.all(reading.values());
  }
  if (failure !== undefined) throw failure;
}

/** The first time of all, a trigger that starts with the latest record remembers where that was. */
async function begin(polling: Polling, streamArn: string): Promise<void> {
  const { trigger, streams: client, positions, log, stopped } = polling;
  if (trigger.startingPosition !== 'LATEST' || positions.knows(trigger.functionName, streamArn)) return;
  const skipped = (await shardsOf(polling, streamArn)).map(async ({ ShardId: shardId = '' }) => {
    const shard = { functionName: trigger.functionName, streamArn, shardId };
    const reader = new ShardReader({ client, trigger, shard, after: null, log, stopped });
    return { shard, position: { after: await reader.skipToEnd(), finished: reader.isFinished } };
  });
  const beginnings = await Promise.all(skipped);
  if (stopped.aborted) return;
  for (const { shard, position } of beginnings) positions.save(shard, position);
}

/** The shards that are not finished, and whose parents are, or are gone from the stream. */
async function readable(polling: Polling, streamArn: string): Promise<ShardOfTrigger[]> {
  const { positions, trigger } = polling;
  const shards = await shardsOf(polling, streamArn);
  const shard = (shardId = '') => ({ functionName: trigger.functionName, streamArn, shardId });
  const ids = shards.map(({ ShardId = '' }) => ShardId);
  positions.keepOnly(trigger.functionName, streamArn, ids);
  const unfinished = new Set(ids.filter((id) => !positions.of(shard(id))?.finished));
  return shards
    .filter(({ ShardId = '', ParentShardId = '' }) => unfinished.has(ShardId) && !unfinished.has(ParentShardId))
    .map(({ ShardId }) => shard(ShardId));
}

async function readShard(polling: Polling, shard: ShardOfTrigger): Promise<void> {
  const { streams: client, positions, trigger, log, stopped } = polling;
  let after = positions.of(shard)?.after ?? null;
  const passed = (sequenceNumber: string) => {
    after = sequenceNumber;
    positions.save(shard, { after, finished: false });
  };
  const reader = new ShardReader({ client, trigger, shard, after, log, stopped });
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) {
    const isDelivered = await deliver(batch.records, { ...polling, now: Date.now, passed });
    if (!isDelivered) return;
    if (batch.through !== after) passed(batch.through);
  }
  // A stop may have come while a batch was being gathered.
  if (reader.isFinished && !stopped.aborted) positions.save(shard, { after, finished: true });
}

/** A stop cuts it short. */
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

/** The template cannot know it: the name of a stream ends with the time it was enabled at. */
async function latestStream({ tables, trigger, stopped }: Polling): Promise<string> {
  const request = new DescribeTableCommand({ TableName: trigger.tableName });
  const { Table } = await tables.send(request, { abortSignal: stopped });
  if (Table?.LatestStreamArn === undefined) throw new Error('the table has no stream');
  return Table.LatestStreamArn;
}
