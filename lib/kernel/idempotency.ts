import { createHash } from 'node:crypto';
import { AppError } from './errors.ts';

/** Makes a repeated request have one effect: 1 to 255 printable ASCII characters. */
export type IdempotencyKey = string & { readonly __brand: 'IdempotencyKey' };

/** A request with a key. `scope` names the operation and, if keys belong to users, the user. */
export type KeyedRequest = {
  readonly scope: string;
  readonly key: IdempotencyKey;
  /** The request after parsing. */
  readonly request: unknown;
};

/** The key names this resource, from an earlier request. Nothing was written. */
export type Known = { readonly kind: 'known'; readonly resource: string };

/**
 * The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header; its length as Stripe's).
 * @throws AppError VALIDATION_ERROR if it is there but empty, too long, or not printable
 */
export function parseIdempotencyKey(header: string | undefined): IdempotencyKey | undefined {
  if (header === undefined) return undefined;
  if (/^[\x20-\x7e]{1,255}$/.test(header) && header.trim() !== '') return header as IdempotencyKey;
  throw new AppError('VALIDATION_ERROR', {
    details: [{ path: 'Idempotency-Key', reason: 'must be 1 to 255 printable ASCII characters' }],
  });
}

/** The header where a request must carry one. @throws AppError VALIDATION_ERROR also if it is missing */
export function requiredIdempotencyKey(header: string | undefined): IdempotencyKey {
  const key = parseIdempotencyKey(header);
  if (key) return key;
  throw new AppError('VALIDATION_ERROR', { details: [{ path: 'Idempotency-Key', reason: 'is required' }] });
}

/** Equal for requests that mean the same: it is computed from the parsed request, not from its bytes. */
export function fingerprint(request: unknown): string {
  const text = JSON.stringify(request, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  return createHash('sha256').update(text).digest('hex');
}
