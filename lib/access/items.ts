import { z } from 'zod';
import { entity, fields, json, named, prefixed, text } from '../kernel/codec.ts';
import { KEY_SCOPES, type KeyId, keyLimits } from '../kernel/principal.ts';
import type { ApiKey, Secret } from './key.ts';

/**
 * How access is stored in DynamoDB:
 *
 *     pk KEYS            sk <key id>  a key
 *     pk HASH#<sha256>   sk HASH      a secret of a key
 */
const KEYS = 'KEYS';
const HASH = 'HASH#';
export const keyKey = (id: KeyId) => ({ pk: KEYS, sk: id });
export const secretKey = (hash: string) => ({ pk: `${HASH}${hash}`, sk: 'HASH' });

export const { encode: keyItem, decode: keyOf } = entity(
  fields<ApiKey>({
    id: named('sk', text<KeyId>()),
    name: text(),
    person: text(),
    scopes: z.array(z.enum(KEY_SCOPES)).readonly(),
    limits: json(keyLimits),
    createdAt: text(),
    expiresAt: text().optional(),
    revokedAt: text().optional(),
  }),
  ({ id }) => keyKey(id),
);

export const { encode: secretItem, decode: secretOf } = entity(
  fields<Secret>({
    hash: named('pk', prefixed(HASH)),
    keyId: text<KeyId>(),
    expiresAt: text().optional(),
  }),
  ({ hash }) => secretKey(hash),
);
