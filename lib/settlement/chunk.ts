import { type Day, daysFrom, parseDay } from '../kernel/day.ts';
import { ALL_SHARDS, SHARDS, type Shard } from '../transactions/segment.ts';
import type { Sums } from './settlement.ts';

/** One day of the merchants of one shard: what one step of the state machine settles. */
export type Chunk = { readonly day: Day; readonly shard: Shard };

/** `2026-10-31#07`: how chunks are named between the steps. They sort in the order of the file. */
export type ChunkId = string & { readonly __brand: 'ChunkId' };

export function chunkId({ day, shard }: Chunk): ChunkId {
  return `${day}#${String(shard).padStart(2, '0')}` as ChunkId;
}

/** @returns undefined for what names no chunk */
export function parseChunkId(text: string): Chunk | undefined {
  const [, dayText = '', shardText = ''] = /^(.{10})#(\d\d)$/.exec(text) ?? [];
  const [day, shard] = [parseDay(dayText), Number(shardText)];
  return day && shard < SHARDS ? { day, shard: shard as Shard } : undefined;
}

/** All chunks of a range of days, in the order in which their parts stand in the file. */
export function chunksOf({ from, to }: { from: Day; to: Day }): Chunk[] {
  return daysFrom(from, to).flatMap((day) => ALL_SHARDS.map((shard) => ({ day, shard })));
}

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
