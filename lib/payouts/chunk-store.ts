import type { DomainEvent } from '../events/index.ts';
import type { Lease } from '../rail/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { Chunk, ChunkMessage, ChunkTotals } from './chunk.ts';
import type { Duplicate } from './claim.ts';
import type { ClaimWrite } from './claim-store.ts';
import type { BatchId, PayoutId, PayoutPlace } from './ids.ts';
import type { Cancellation, Payout } from './payout.ts';

export interface ChunkStore {
  readAll(id: BatchId): Promise<Chunk[]>;
  readPayouts(id: BatchId, chunk: number): Promise<Payout[]>;
  /** One payout with its chunk, in one request. */
  readPayout(place: PayoutPlace): Promise<ChunkWithPayout | undefined>;
  /** Takes the chunk unless it is done, leased, not due yet, or in a later run or round than the message. */
  lease(request: ChunkMessage & { lease: Lease; now: number }): Promise<LeaseAnswer>;
  /** Records that recovery sent the message of a round again, if the chunk is still in that round and under that lease. */
  markResent(chunk: Chunk, now: number): Promise<void>;
  /**
   * Writes under a lease: all changed payouts, the counters and, unless it is kept, the end of the lease, in one
   * transaction.
   * @returns false if the lease is no longer the writer's: then nothing was written
   */
  commitOutcomes(held: HeldLease, outcome: ChunkOutcome & { keepLease: boolean }): Promise<boolean>;
  /**
   * Stores outcomes of payouts of a chunk that no worker holds, in one transaction.
   * @returns false if the chunk was leased or has changed since it was read: then nothing was written
   */
  commitUnleased(chunk: Chunk, outcome: ChunkOutcome): Promise<boolean>;
  /**
   * Stores the request to cancel a payout of a batch that was started, in one transaction with its event. The header counts it,
   * and is in the list of those that may need recovery.
   * @returns false if the payout has ended, or has such a request: then nothing was written
   */
  requestCancel(id: PayoutId, cancellation: Cancellation, event: DomainEvent): Promise<boolean>;
  /**
   * Re-opens payouts of a chunk that no worker holds together with their claims, in one transaction, for this run.
   * @param chunk read before its payouts
   * @returns `claimed`: another payout was first to claim a key; `fenced`: the chunk was leased or has changed since it was read
   */
  reopen(
    chunk: Chunk,
    run: number,
    outcome: ChunkOutcome,
    claims?: readonly ClaimWrite[],
  ): Promise<'done' | 'fenced' | 'claimed'>;
  /**
   * Makes the next round of an open chunk due earlier, together with the event.
   * @returns false if the chunk was leased, has changed, or is due by then: nothing was written
   */
  bringForward(chunk: Chunk, dueAt: number, event: DomainEvent): Promise<boolean>;
  /** The payouts of the request that the chunk lacks. */
  readDuplicates(id: BatchId, chunk: number): Promise<readonly Duplicate[]>;
  /** Deletes a chunk of a batch that is `discarding`, its payouts first. */
  remove(id: BatchId, chunk: number): Promise<void>;
  /** Does nothing if the chunk is done, or has the dead letter of this message. The event is stored in the same transaction. */
  recordDeadLetter(id: BatchId, chunk: number, deadLetter: DeadLetter, event: DomainEvent): Promise<void>;
  /** Does nothing if the chunk has another dead letter, or none. The event is stored in the same transaction. */
  clearDeadLetter(id: BatchId, chunk: number, deadLetter: DeadLetter, event: DomainEvent): Promise<void>;
}

export type LeaseAnswer =
  | { readonly kind: 'leased'; readonly lease: HeldLease }
  | { readonly kind: 'held' | 'not_due'; readonly until: number; readonly round: number }
  | { readonly kind: 'done' | 'missing' | 'superseded' };

export type HeldLease = {
  readonly chunk: Chunk;
  readonly lease: Lease;
  /** The lease before this one ended without a recorded outcome: its payouts may have been sent. */
  readonly previousLeaseAbandoned: boolean;
};

export type ChunkWithPayout = { readonly payout: Payout; readonly chunk: Chunk };

export type ChunkOutcome = {
  readonly changes: readonly { readonly before: Payout; readonly after: Payout }[];
  readonly totals: ChunkTotals;
  readonly rounds: number;
  readonly dueAt: number;
  /** Stored in the same transaction, only if payouts change. */
  readonly events?: readonly DomainEvent[];
};
