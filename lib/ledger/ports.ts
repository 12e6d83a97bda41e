import type { EntryType, UserId } from './entry.ts';
import type { Done, Line, Stale, Wallet } from './wallet.ts';

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
