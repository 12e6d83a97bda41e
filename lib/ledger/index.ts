/** What other domains use of the ledger. Adapters write their entries with the items of items.ts. */
export {
  account,
  type Entry,
  type EntryType,
  entryOf,
  parseUserId,
  type UserId,
  userIdField,
  walletAccount,
} from './entry.ts';
export type { Ledger } from './ports.ts';
export {
  balanceOf,
  type Done,
  type Line,
  type Posted,
  type PostingDeps,
  post,
  postToWallet,
  type Stale,
  type Wallet,
} from './wallet.ts';
