import { chunk as inChunks } from 'es-toolkit';
import { type Day, daysFrom, parseDay } from '../kernel/day.ts';
import { ALL_SHARDS, SHARDS, type Shard } from '../transactions/index.ts';
import type { Job } from './job.ts';
import type { Sums } from './settlement.ts';

/** One day of the merchants of the shards `first` to `last`. One step of the state machine settles it. */
export type Chunk = { readonly day: Day; readonly first: Shard; readonly last: Shard };

/** `2026-10-31#04-07`, the name of a chunk between the steps. Chunks sort in the order of the file. */
export type ChunkId = string & { readonly __brand: 'ChunkId' };

/**
 * About the most chunks of a job: enough for 40 workers, and few enough that the cost of a chunk (a step, a checkpoint, a
 * part) is small compared to that of its rows.
 */
export const MAX_CHUNKS = 128;

/** The number of shards in a chunk: sixteen for a quarter of a year, one for a single day. */
export function shardsPerChunk(days: number): number {
  let shards = 1;
  while (shards < SHARDS && (days * SHARDS) / shards > MAX_CHUNKS) shards *= 2;
  return shards;
}

export function chunkId({ day, first, last }: Chunk): ChunkId {
  return `${day}#${twoDigits(first)}-${twoDigits(last)}` as ChunkId;
}

/** @returns undefined if the text names no chunk */
export function parseChunkId(text: string): Chunk | undefined {
  const [, dayText = '', firstText = '', lastText = ''] = /^(.{10})#(\d\d)-(\d\d)$/.exec(text) ?? [];
  const [day, first, last] = [parseDay(dayText), Number(firstText), Number(lastText)];
  return day && first <= last && last < SHARDS ? { day, first: first as Shard, last: last as Shard } : undefined;
}

/** All chunks of a job, in the order of their parts in the file. */
export function chunksOf({ from, to, shardsPerChunk }: Pick<Job, 'from' | 'to' | 'shardsPerChunk'>): Chunk[] {
  return daysFrom(from, to).flatMap((day) =>
    inChunks(ALL_SHARDS, shardsPerChunk).map((shards) => ({
      day,
      first: shards[0] as Shard,
      last: shards.at(-1) as Shard,
    })),
  );
}

export function shardsOf({ first, last }: Chunk): Shard[] {
  return ALL_SHARDS.filter((shard) => shard >= first && shard <= last);
}

export const twoDigits = (shard: number) => String(shard).padStart(2, '0');

/** The record that a chunk is settled. It is written once, with the last settlements of the chunk. */
export type Checkpoint = {
  readonly chunk: ChunkId;
  /** Transactions read, of any status. */
  readonly transactions: number;
  readonly part: Part;
};

/** A piece of the file. A chunk without settlements has no object, so its part has no key. */
export type Part = {
  readonly key?: string;
  /** Settlements, one line each. */
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly sums: Sums;
};
