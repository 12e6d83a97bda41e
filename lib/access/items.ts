import { z } from 'zod';
import { entity, fields, json, named, prefixed, text } from '../kernel/codec.ts';
import { KEY_SCOPES, type KeyId, keyLimits } from '../kernel/principal.ts';
import type { ApprovalId } from './approval.ts';
import type { ApiKey, Secret, Session } from './key.ts';

export {
  type Counter,
  counterOf,
  giveBack,
  isCounter,
  refuseBeyondLimit,
  reservation,
  reservationAttribute,
  reservationFields,
  reserve,
} from './dynamo-limits.ts';

/**
 * How access is stored in DynamoDB:
 *
 *     pk KEYS            sk <key id>  a key
 *     pk HASH#<sha256>   sk HASH      the key that had or has the secret with this hash, or a session of it
 *     pk USED            sk <key id>  when the key was used last; the only item that the authorizer writes
 *     pk IDEM#<...>      sk IDEM      idempotency keys
 *     pk LIMIT#<key id>  sk DAY#...   what a key has used of its limits: dynamo-limits.ts
 */
export const KEYS = 'KEYS';
const HASH = 'HASH#';
export const USED = 'USED';
export const keyKey = (id: KeyId) => ({ pk: KEYS, sk: id });
export const secretKey = (hash: string) => ({ pk: `${HASH}${hash}`, sk: 'HASH' });
export const useKey = (id: KeyId) => ({ pk: USED, sk: id });

export const { encode: keyItem, decode: keyOf } = entity(
  fields<ApiKey>({
    id: named('sk', text<KeyId>()),
    name: text(),
    person: text(),
    scopes: z.array(z.enum(KEY_SCOPES)).readonly(),
    limits: json(keyLimits),
    createdAt: text(),
    expiresAt: named('valid_until', text().optional()), // `expires_at` is the time to live of the table
    revokedAt: text().optional(),
    awaits: text<ApprovalId>().optional(),
    approvedUntil: text().optional(),
    version: z.int(),
    secrets: json(z.array(fields<Secret>({ hash: text(), expiresAt: text().optional() })).readonly()),
  }),
  ({ id }) => keyKey(id),
);

export type SecretOwner = { readonly hash: string; readonly keyId: KeyId; readonly session?: Session | undefined };
export const { encode: secretItem, decode: secretOwnerOf } = entity(
  fields<SecretOwner>({
    hash: named('pk', prefixed(HASH)),
    keyId: text<KeyId>(),
    session: fields<Session>({ id: text(), secretHash: text(), expiresAt: text() }).optional(),
  }),
  ({ hash }) => secretKey(hash),
);

export type Use = { readonly id: KeyId; readonly usedAt: string };
export const { decode: useOf } = entity(fields<Use>({ id: named('sk', text<KeyId>()), usedAt: text() }));
export { approvalNeed, approvalPuts } from './dynamo-approval-items.ts';
