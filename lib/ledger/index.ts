/** What other domains use of the ledger. Adapters write their entries with the items of items.ts. */
export { account, type Entry, type EntryType, entryOf, walletAccount } from './entry.ts';
export type { Done, Ledger, PostingDeps, Stale } from './ports.ts';
export { postToWallet } from './post-to-wallet.ts';
export { parseUserId, type UserId, userIdField } from './user-id.ts';
export { balanceOf, type Line, type Posted, post, type Wallet } from './wallet.ts';
