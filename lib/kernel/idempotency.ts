import { createHash } from 'node:crypto';
import { z } from 'zod';
import { text } from './fields.ts';

/** The same limit as Stripe's. */
const MAX_CHARACTERS = 255;

/** A caller's name for a request, so that repeating it has one effect. */
export type IdempotencyKey = string & { readonly __brand: 'IdempotencyKey' };

/** A request with a key. `scope` names the operation and, where each user has keys of their own, the user. */
export type KeyedRequest = {
  readonly scope: string;
  readonly key: IdempotencyKey;
  /** The parsed request. */
  readonly request: unknown;
  /** How long the key is kept, if not for 24 hours. */
  readonly lifeMs?: number | undefined;
};

/** The key names this resource, from an earlier request. Nothing was written. */
export type Known = { readonly kind: 'known'; readonly resource: string };

/** A key in a body may have any characters that are printable. */
export const keyField = text(MAX_CHARACTERS).transform((key) => key as IdempotencyKey);

/**
 * The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header), for routes that require it and for those that do
 * not. Only printable ASCII is valid: servers decode other characters of a header differently.
 */
const headerField = z
  .string({ error: () => 'is required' })
  .refine(
    (key) => /^[\x20-\x7e]{1,255}$/.test(key) && key.trim() !== '',
    `must be 1 to ${MAX_CHARACTERS} printable ASCII characters`,
  )
  .transform((key) => key as IdempotencyKey)
  .meta({
    minLength: 1,
    maxLength: MAX_CHARACTERS,
    pattern: '^[!-~]([ -~]*[!-~])?$',
    description: `1 to ${MAX_CHARACTERS} printable ASCII characters. The same key with the same request has one effect.`,
  });
export const KEY_HEADER = { required: headerField, optional: headerField.optional() };

/**
 * What an earlier request with the same key made, for a request that would be refused now: the earlier one may be
 * the reason, for example because it took the rest of a balance. Call this after reading what refuses the request.
 * @throws the refusal if there was no earlier request; AppError IDEMPOTENCY_MISMATCH if it was a different one
 */
export async function knownOr<Earlier extends object>(
  recall: () => Promise<Earlier | undefined>,
  refusal: unknown,
): Promise<Earlier> {
  const known = await recall();
  if (known) return known;
  throw refusal;
}

/** Tells requests apart by their parsed content, not by their bytes. */
export function fingerprint(request: unknown): string {
  const text = JSON.stringify(request, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  return createHash('sha256').update(text).digest('hex');
}
