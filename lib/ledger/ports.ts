import type { Item } from '../kernel/codec.ts';
import type { Entry, UserId } from './entry.ts';
import type { Done, Line, Posted, Stale, Wallet } from './wallet.ts';

/** What is written in the transaction of an entry. Adapters make it, with `companion` of items.ts; use cases pass it on. */
export interface Companion<Refused> {
  /** The keys of the items that it stores. */
  readonly items: readonly string[];
  /** The keys of the items that it adds to, such as what a key has used of its limits. */
  readonly counters: readonly string[];
  /**
   * The result if conditions of these items did not hold.
   * @param found the stored items, by the names that the companion gives them
   * @throws AppError such as IDEMPOTENCY_MISMATCH
   */
  readonly refusedBy: (found: ReadonlyMap<string, Item | undefined>) => Refused;
}

/**
 * Nothing was written. `companions`: the refused items of each entry that has any, by its place. `isContended`: another writer
 * was first at the wallet, or a conflict or a throttle refused the transaction. `wallet`: as the write found it, if it did.
 */
export type PostResult =
  | Done
  | {
      readonly kind: 'refused';
      readonly companions: ReadonlyMap<number, ReadonlyMap<string, Item | undefined>>;
      readonly isContended: boolean;
      readonly wallet: Wallet | undefined;
    };

/** `isWanted`: of which lines, by default all. `isEnd`: no line from this one on is wanted. */
export type LinesPage = {
  readonly limit: number;
  readonly before?: number | undefined;
  readonly isWanted?: ((line: Line) => boolean) | undefined;
  readonly isEnd?: (line: Line) => boolean;
};

/** Wallets and their statements. */
export interface Ledger {
  /** With the companion, in one transaction; so is the next. */
  insert(wallet: Wallet, companion: Companion<unknown>): Promise<{ wallet: Wallet; inserted: boolean }>;
  /** Lists a currency at zero. */
  open(before: Wallet, after: Wallet, companion: Companion<unknown>): Promise<Done | Stale>;
  read(userId: UserId): Promise<Wallet | undefined>;
  /** In one transaction: the wallet on condition that it is still as before, the lines, and their companions. */
  post(
    before: Wallet,
    after: Wallet,
    entries: readonly { readonly posted: Posted; readonly companion: Companion<unknown> }[],
  ): Promise<PostResult>;
  line(userId: UserId, seq: number): Promise<Line | undefined>;
  /** The capture of a payment or a withdrawal, if an earlier version stored it as an item of its own. */
  earlierCapture(of: 'PAYMENT' | 'WITHDRAWAL', id: string): Promise<Entry | undefined>;
  /** The lines with these numbers, both included, in their order. */
  between(userId: UserId, first: number, last: number): Promise<Line[]>;
  /** Newest first. A page may be short, or even empty, when few lines are wanted: go on with the cursor. */
  lines(userId: UserId, page: LinesPage): Promise<{ lines: Line[]; before?: number }>;
}
