/** What other domains use of transactions. */
export type { TransactionStore } from './ports.ts';
export { ROW_FIELDS, readRow } from './row.ts';
export { ALL_SHARDS, PAID, SHARDS, type Shard, shardOf } from './segment.ts';
export { differences, ID, type MerchantId, type Transaction } from './transaction.ts';
