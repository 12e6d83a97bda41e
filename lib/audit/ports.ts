import type { AuditLog } from '../events/index.ts';
import type { Block, Tip } from './block.ts';
import type { HeadSigner, SignedHead } from './head.ts';

/** The state of the sealer. Times are ISO 8601 UTC. */
export type Head = Tip & {
  /** Grows with every write. */
  readonly version: number;
  /** Events before this time were read and sealed, except for those that were stored late. */
  readonly from: string;
  /** Events before this time were read again, long after they could have been stored. */
  readonly late: string;
  /** The last run that came this far. */
  readonly checked_at: string;
  /** Missing before the first block. */
  readonly signed?: SignedHead | undefined;
  /** The signed head is certain to be beside its block. False right after a block was added. */
  readonly isKept: boolean;
};

/** A block in the list of all blocks, with the times of its earliest and latest event. */
export type Listed = Pick<Tip, 'number' | 'hash' | 'sealed_at'> & { readonly earliest: string; readonly last: string };

/** The chain of sealed blocks. */
export interface Chain {
  head(): Promise<Head | undefined>;
  /** Blocks that were sealed at `since` (ISO 8601) or later, in order. */
  listed(since: string): AsyncIterable<Listed>;
  /** @throws Error if it is missing or unreadable */
  read(block: Pick<Listed, 'number' | 'hash'>): Promise<Block>;
  /** Its name contains its hash: so it replaces no other block, and to store it twice is the same as once. */
  store(block: Block, hash: string): Promise<void>;
  /**
   * Replaces the head of version `head.version - 1`, and lists the block that it adds.
   * @returns false if the head has another version
   */
  move(head: Head, block?: Listed): Promise<boolean>;
  /** The signed head of a block. */
  kept(number: number): Promise<SignedHead>;
  /** The number of the last signed head after the one with this number, if there is one. */
  lastKept(after: number): Promise<number | undefined>;
  /** Keeps a signed head beside its block. */
  keep(head: SignedHead): Promise<void>;
}

export type SealDeps = {
  readonly log: Pick<AuditLog, 'keysOfDay' | 'byKeys'>;
  readonly chain: Chain;
  readonly signer: HeadSigner;
  readonly policy: SealPolicy;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/**
 * An event gets its time before its transaction commits, and the function that writes it may end between the two only by its
 * timeout: 60 s for all but the assembly of a settlement, which has 15 minutes. To that add the clocks, which differ by
 * a second, and the index, which lags by less than a second in nearly all cases. What appears after the overlap is found by the
 * second reading.
 */
export const SEAL_POLICY: SealPolicy = {
  overlapMs: 2 * 60_000,
  lateAfterMs: 60 * 60_000,
  blockSize: 5_000,
  pageSize: 1_000,
};

/** Times in milliseconds. */
export type SealPolicy = {
  /** An event is stored at most this long after its time, in nearly all cases: see docs/events.md. */
  readonly overlapMs: number;
  /** Events of this age are read again. */
  readonly lateAfterMs: number;
  /** The most events of a block. */
  readonly blockSize: number;
  /** Events that are read at once. */
  readonly pageSize: number;
};
