import type { Limiter } from '../kernel/limiter.ts';
import type { RetryDeps } from '../kernel/optimistic-retry.ts';
import type { EntryType } from './entry.ts';
import type { UserId } from './user-id.ts';
import type { Line, Wallet } from './wallet.ts';

export type Done = { readonly kind: 'done' };
/** Another writer was first: nothing was written. `wallet`: as the refused write found it, if it did. */
export type Stale = { readonly kind: 'stale'; readonly wallet?: Wallet };

/**
 * Wallets and their statements. Domains write their entries in transactions of their own, with the items of items.ts: on
 * condition that the wallet is still as it was read, together with what the entry is about, or not at all.
 */
export interface Ledger {
  insert(wallet: Wallet): Promise<{ wallet: Wallet; inserted: boolean }>;
  /** Lists a currency at zero. */
  open(before: Wallet, after: Wallet): Promise<Done | Stale>;
  read(userId: UserId): Promise<Wallet | undefined>;
  line(userId: UserId, seq: number): Promise<Line | undefined>;
  /** Newest first. A page may be short, or even empty, when few entries are of the type: go on with the cursor. */
  lines(
    userId: UserId,
    page: { limit: number; before?: number | undefined; type?: EntryType | undefined },
  ): Promise<{ lines: Line[]; before?: number }>;
}

/** What it takes to post to a wallet that others post to at the same time. */
export type PostingDeps = RetryDeps & {
  /** Within one process the writers of a wallet queue up. */
  readonly limiterOf: (userId: UserId) => Limiter;
};
