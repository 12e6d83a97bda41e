/** What other domains use of the ledger. Adapters write their entries with the items of items.ts. */
export { entriesAnswer, walletAmount } from './answers.ts';
export {
  account,
  type Entry,
  type EntryType,
  entryOf,
  parseUserId,
  USER_ID,
  type UserId,
  userIdField,
  walletAccount,
} from './entry.ts';
export { balancesAt, endBefore, linesAround, TIME_DISORDER_MS } from './past.ts';
export type { Companion, Ledger } from './ports.ts';
export {
  type PostingDeps,
  PostingGroups,
  type Proposal,
  postToWallet,
} from './post-to-wallet.ts';
export { amountView, type Journal, journalView } from './view.ts';
export {
  balanceOf,
  type Done,
  type Line,
  type Posted,
  post,
  type Stale,
  type Wallet,
} from './wallet.ts';
