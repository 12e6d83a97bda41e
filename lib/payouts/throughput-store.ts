import type { Sums } from './chunk.ts';
import type { ENDED } from './payout.ts';

/** Payouts that ended, by their status, and the amounts of those that were paid. */
export type EndedCounts = Readonly<Record<(typeof ENDED)[number], number>> & { readonly paid: Sums };

/** What workers committed within a minute. `at`: its beginning, ISO 8601 UTC. */
export type Minute = EndedCounts & { readonly at: string };

export interface ThroughputStore {
  /**
   * Adds to the counters of the minute of `now` (epoch milliseconds), once for each committed chunk. Chunks of one process that
   * end at the same time share a write. It never throws: the chunk is committed, and a worker that dies here loses the count too.
   * The counters are a measure for the eye; batches have the exact counts.
   */
  add(now: number, counts: EndedCounts): Promise<void>;
  /** The minutes from that of `since` on in which payouts ended, in order. They are kept for some hours. */
  read(since: number): Promise<Minute[]>;
}

const MINUTE_MS = 60_000;
export const minuteOf = (now: number): string => new Date(now - (now % MINUTE_MS)).toISOString();
