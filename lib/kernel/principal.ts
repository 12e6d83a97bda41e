import { z } from 'zod';
import { AppError } from './errors.ts';

const DOMAINS = ['payouts', 'withdrawals', 'wallets', 'orders', 'transactions', 'settlement', 'webhooks'] as const;

/** What a key may do. */
export const KEY_SCOPES = [
  ...DOMAINS.flatMap((domain) => [`${domain}:read`, `${domain}:write`] as const),
  'payouts:approve',
  'operations',
  'admin',
] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** DynamoDB computes with at most 38 digits, exactly (Amazon DynamoDB, limits of data types). */
const MAX_LIMIT_DIGITS = 38;
/** A transaction adds to one counter for each currency, beside its other items. */
const MAX_LIMITED_CURRENCIES = 50;

/** Minor units by currency or asset, as strings of digits: a principal travels as JSON. */
const amounts = z
  .record(z.string(), z.string().regex(new RegExp(`^\\d{1,${MAX_LIMIT_DIGITS}}$`)))
  .refine((limits) => Object.keys(limits).length <= MAX_LIMITED_CURRENCIES, {
    error: `must have at most ${MAX_LIMITED_CURRENCIES} currencies`,
  })
  .readonly();

/** What a key may spend and how fast. What is absent is not limited. */
export const keyLimits = z
  .object({
    requestsPerSecond: z.int().positive().optional(),
    /** Requests that may come at once after a pause. */
    burst: z.int().positive().optional(),
    /** The largest payout, withdrawal, payment or refund. */
    maxPerPayout: amounts.optional(),
    /** The sum of a day in UTC. */
    maxPerDay: amounts.optional(),
  })
  .readonly();
export type KeyLimits = z.output<typeof keyLimits>;

export type KeyId = string & { readonly __brand: 'KeyId' };

/** Who makes a request: a key, and the person it belongs to. */
export const principalSchema = z
  .object({
    keyId: z.string().transform((id) => id as KeyId),
    name: z.string(),
    person: z.string(),
    scopes: z.array(z.enum(KEY_SCOPES)).readonly(),
    limits: keyLimits,
  })
  .readonly();
export type Principal = z.output<typeof principalSchema>;

/** Who makes the current request. @throws AppError UNAUTHORIZED the request has no key */
export function requirePrincipal({ principal }: { readonly principal: () => Principal | undefined }): Principal {
  const found = principal();
  if (found) return found;
  throw new AppError('UNAUTHORIZED');
}
