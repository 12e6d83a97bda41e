import type { CloudEvent, Position } from '../events/index.ts';
import { positionOf } from '../events/index.ts';
import { canonicalJson, leafHash, merkleRoot, sha256 } from './hash.ts';

/**
 * What the hash of a block covers: the block before, and all its events through the root of their Merkle tree. All times are
 * ISO 8601 UTC.
 */
export type Header = {
  readonly version: 1;
  /** From 1, without gaps. */
  readonly number: number;
  readonly previous: string;
  /** The sequence number of its first event. The first event of all has 1. */
  readonly first: number;
  readonly count: number;
  readonly root: string;
  /** Not before the time of the previous block. */
  readonly sealed_at: string;
  /** The time of the latest event of this block and all before it. */
  readonly latest: string;
};

/** A sealed event. `hash` is its leaf in the Merkle tree. */
export type Entry = { readonly position: Position; readonly subject: string; readonly hash: string };

/** A stored block: its events in the order of their sequence numbers. */
export type Block = { readonly header: Header; readonly entries: readonly Entry[] };

/** What the next block follows: the last block, or the values before the first one. */
export type Tip = Pick<Header, 'number' | 'sealed_at' | 'latest'> & {
  readonly hash: string;
  /** The number of all sealed events. */
  readonly total: number;
};

/** Before the first block. */
export const NO_TIP: Tip = { number: 0, hash: '0'.repeat(64), total: 0, sealed_at: '', latest: '' };

/** Seals events in the given order. @param now epoch milliseconds */
export function nextBlock(tip: Tip, events: readonly CloudEvent[], now: number): Block {
  const entries = events.map(entryOf);
  const times = events.map(({ time }) => time);
  return {
    header: {
      version: 1,
      number: tip.number + 1,
      previous: tip.hash,
      first: tip.total + 1,
      count: entries.length,
      root: merkleRoot(entries.map(({ hash }) => hash)),
      sealed_at: latestOf([tip.sealed_at, new Date(now).toISOString()]),
      latest: latestOf([tip.latest, ...times]),
    },
    entries,
  };
}

export function entryOf(event: CloudEvent): Entry {
  return { position: positionOf(event), subject: event.subject, hash: leafHash(event) };
}

export function tipAfter({ number, first, count, sealed_at, latest, ...header }: Header): Tip {
  const hash = hashOf({ number, first, count, sealed_at, latest, ...header });
  return { number, hash, total: first + count - 1, sealed_at, latest };
}

export function hashOf(header: Header): string {
  return sha256(canonicalJson(header));
}

/** ISO 8601 times in UTC sort as text. */
const latestOf = (times: readonly string[]) => times.reduce((latest, time) => (time > latest ? time : latest), '');
