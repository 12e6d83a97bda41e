import { createSecretKey } from 'node:crypto';
import { hmacWith } from '../../lib/crypto/blind-index.ts';
import { openerOf, sealerOf } from '../../lib/crypto/cipher.ts';
import type { Secrets } from '../../lib/crypto/index.ts';

const key = createSecretKey(Buffer.alloc(32, 7));

/** Real encryption with one key for everything. It sends no requests. */
export const SECRETS: Secrets = {
  sealer: async (table) => sealerOf(table, [1, key]),
  opener: async (table) => openerOf(table, new Map([[1, key]])),
  hmac: async () => hmacWith(key),
  newestKey: async () => ({ version: 1, usableFrom: 0 }),
  addKey: () => Promise.reject(new Error('there is one key')),
};
