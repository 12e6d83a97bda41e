import { createHash } from 'node:crypto';
import { generatedId } from '../kernel/id.ts';
import type { KeyId, KeyLimits, KeyScope, Principal } from '../kernel/principal.ts';

/** An API key. It belongs to one person. Only the SHA-256 of its secret is stored. */
export type ApiKey = {
  readonly id: KeyId;
  readonly name: string;
  /** Who uses it, such as an e-mail address. Another person sets it. */
  readonly person: string;
  readonly scopes: readonly KeyScope[];
  readonly limits: KeyLimits;
  readonly createdAt: string;
  readonly expiresAt?: string | undefined;
  readonly revokedAt?: string | undefined;
};

/** One secret of a key. While a key is rotated it has two. */
export type Secret = {
  /** SHA-256, hex. API keys are long random strings, so a plain hash is enough. */
  readonly hash: string;
  readonly keyId: KeyId;
  /** The old secret of a rotated key is valid until then. */
  readonly expiresAt?: string | undefined;
};

const keyIds = generatedId<KeyId>('key');
export const newKeyId = keyIds.from;
export const keyIdOf = keyIds.parse;
/** The key that `npm start` makes. */
export const LOCAL_KEY_ID = keyIds.derive('local');

export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

/** Epoch milliseconds from which the key is refused, or Infinity. */
export function endOf(key: ApiKey, secret: Secret): number {
  const ends = [key.expiresAt, key.revokedAt, secret.expiresAt].filter((time) => time !== undefined);
  return Math.min(...ends.map((time) => Date.parse(time)), Number.POSITIVE_INFINITY);
}

export function principalOf({ id, name, person, scopes, limits }: ApiKey): Principal {
  return { keyId: id, name, person, scopes, limits };
}
