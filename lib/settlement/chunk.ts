import { chunk as inChunks } from 'es-toolkit';
import { type Day, daysFrom, parseDay } from '../kernel/day.ts';
import { ALL_SHARDS, SHARDS, type Shard } from '../transactions/index.ts';
import type { Job } from './job.ts';
import type { Sums } from './settlement.ts';

/** One day of the merchants of some shards, `first` to `last`: what one step of the state machine settles. */
export type Chunk = { readonly day: Day; readonly first: Shard; readonly last: Shard };

/** `2026-10-31#04-07`: how chunks are named between the steps. They sort in the order of the file. */
export type ChunkId = string & { readonly __brand: 'ChunkId' };

/**
 * A job has about this many chunks at most: enough to keep 40 workers busy, so few that what a chunk costs by itself
 * (a step, a checkpoint, a part) does not matter beside its rows.
 */
export const MOST_CHUNKS = 128;

/** How many shards a chunk takes together: all sixteen for a quarter of a year, one for a single day. */
export function shardsPerChunk(days: number): number {
  let shards = 1;
  while (shards < SHARDS && (days * SHARDS) / shards > MOST_CHUNKS) shards *= 2;
  return shards;
}

export function chunkId({ day, first, last }: Chunk): ChunkId {
  return `${day}#${twoDigits(first)}-${twoDigits(last)}` as ChunkId;
}

/** @returns undefined for what names no chunk */
export function parseChunkId(text: string): Chunk | undefined {
  const [, dayText = '', firstText = '', lastText = ''] = /^(.{10})#(\d\d)-(\d\d)$/.exec(text) ?? [];
  const [day, first, last] = [parseDay(dayText), Number(firstText), Number(lastText)];
  return day && first <= last && last < SHARDS ? { day, first: first as Shard, last: last as Shard } : undefined;
}

/** All chunks of a job, in the order in which their parts stand in the file. */
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

/** The record that a chunk is settled: written with its last settlements, and never again. */
export type Checkpoint = {
  readonly chunk: ChunkId;
  /** Transactions read, of whatever status. */
  readonly transactions: number;
  readonly part: Part;
};

/** A piece of the file. A chunk without a settlement has no object and so no key. */
export type Part = {
  readonly key?: string;
  /** Settlements, a line each. */
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly sums: Sums;
};
