/** What domains use of encryption: account numbers, PIX keys and addresses are encrypted before they are stored. */
export type { HmacOf } from './blind-index.ts';
export { type FieldPlace, type Opener, type Sealer, sealedBytes } from './cipher.ts';
export { SEALED_TABLES, type SealedTable } from './ports.ts';
export type { Secrets } from './secrets.ts';
