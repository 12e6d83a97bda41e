import { z } from 'zod';
import { entity, fields } from '../kernel/codec.ts';
import type { Purpose, WrappedKey } from './ports.ts';

/**
 * How data keys are stored in the system table, encrypted with the key-encryption key:
 *
 *     pk DATAKEYS   sk <payouts | withdrawals | hmac>#<000001>
 */
const base64 = z.codec(z.base64(), z.instanceof(Uint8Array), {
  decode: (stored) => Buffer.from(stored, 'base64'),
  encode: (bytes) => Buffer.from(bytes).toString('base64'),
});

/** Without a version: the beginning of all keys of that purpose. */
export const dataKeyKey = (purpose: Purpose, version?: number) => ({
  pk: 'DATAKEYS',
  sk: `${purpose}#${version === undefined ? '' : String(version).padStart(6, '0')}`,
});

const wrappedKey = entity<WrappedKey>(
  fields<WrappedKey>({ version: z.int(), wrapped: base64 as z.ZodType<Uint8Array>, usableFrom: z.number() }),
);
export const wrappedKeyOf = wrappedKey.decode;
export const dataKeyItem = (purpose: Purpose, key: WrappedKey) => ({
  ...wrappedKey.encode(key),
  ...dataKeyKey(purpose, key.version),
});
