import { z } from 'zod';
import { digits, instant, object, otherwise, text, wholeNumber } from '../kernel/fields.ts';
import { ASSET_CODE, MAX_DIGITS, MAX_MINOR, parseCurrency } from '../kernel/money.ts';
import { KEY_SCOPES, type KeyLimits, type KeyScope } from '../kernel/principal.ts';
import { keyScope } from './answers.ts';
import type { ChangeRequest } from './change-key.ts';
import type { KeyRequest } from './create-key.ts';
import { SECRET_HASH } from './key.ts';
import type { RotateRequest } from './rotate-key.ts';

/** The assets are settings, so a schema reads them with each request. */
type Settings = () => { readonly assets: { has(code: string): boolean } };

const HOUR_SECONDS = 3_600;
const MAX_OVERLAP_SECONDS = 30n * 24n * BigInt(HOUR_SECONDS);
const perSecond = () => wholeNumber(1n, 100_000n).transform(Number).optional();

const amount = z.union([wholeNumber(0n, MAX_MINOR), digits(MAX_DIGITS)], {
  error: `must be a whole number of minor units up to ${MAX_MINOR}, or a string of digits`,
});

/** An amount in an unknown unit is refused: a misspelt limit would limit nothing. */
const amounts = (settings: Settings, description: string) =>
  z
    .record(
      z
        .string()
        .refine((code) => parseCurrency(code) !== undefined || settings().assets.has(code))
        .meta({ pattern: ASSET_CODE.source }),
      amount,
      {
        error: ({ code }) =>
          code === 'invalid_key'
            ? 'is neither an ISO 4217 currency nor an asset that can be withdrawn'
            : 'must be a JSON object',
      },
    )
    .transform((given) => Object.fromEntries(Object.entries(given).map(([unit, minor]) => [unit, `${minor}`])))
    .optional()
    .meta({ description });

const limitsRequest = (settings: Settings) =>
  object({
    requests_per_second: perSecond(),
    burst: perSecond().meta({ description: 'Requests that may come at once after a pause.' }),
    max_per_payout: amounts(settings, 'The largest payout, withdrawal, payment or refund, in minor units by currency.'),
    max_per_day: amounts(settings, 'The sum of a day in UTC, in minor units by currency.'),
  })
    .transform(
      ({ requests_per_second: requestsPerSecond, burst, max_per_payout: maxPerPayout, max_per_day: maxPerDay }) =>
        withoutUndefined({ requestsPerSecond, burst, maxPerPayout, maxPerDay }),
    )
    .meta({ id: 'KeyLimitsRequest', description: 'What is absent is not limited.' });

const withoutUndefined = (limits: Partial<KeyLimits>): KeyLimits =>
  Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));

const scopes = z
  .array(keyScope, otherwise('must be a list'))
  .min(1, 'must not be empty')
  .transform((given): KeyScope[] => KEY_SCOPES.filter((scope) => given.includes(scope)));

const settingsOfKey = (settings: Settings) => ({
  name: text(100).meta({ description: 'What the key is for. It is in events and logs.' }),
  scopes,
  limits: limitsRequest(settings).optional(),
  expires_at: instant.optional().meta({ description: 'Without it the key does not expire.' }),
});

const secretHash = z
  .string(otherwise('must be a string'))
  .regex(SECRET_HASH, 'must be a SHA-256 in lower-case hexadecimal digits')
  .optional()
  .meta({
    description: 'The hash of a secret that its holder has made. Then the service makes none.',
  });

/** The bodies of POST /keys and of PUT /keys/{key_id} */
export function keyRequests(settings: Settings) {
  const shared = settingsOfKey(settings);
  const keyRequest = object({
    ...shared,
    person: text(200).meta({ description: 'Who uses the key, such as an e-mail address. It never changes.' }),
    secret_sha256: secretHash,
  })
    .transform(
      ({ limits = {}, expires_at: expiresAt, secret_sha256, ...same }): KeyRequest => ({
        ...same,
        limits,
        expiresAt,
        secretHash: secret_sha256,
      }),
    )
    .meta({ id: 'KeyRequest' });
  const changeRequest = object(shared)
    .transform(({ limits = {}, expires_at: expiresAt, ...same }): ChangeRequest => ({ ...same, limits, expiresAt }))
    .meta({ id: 'KeyChangeRequest' });
  return { keyRequest, changeRequest };
}

/** The body of POST /keys/{key_id}/rotate */
export const rotateRequest = object({
  overlap_seconds: wholeNumber(0n, MAX_OVERLAP_SECONDS)
    .optional()
    .meta({ description: 'The old secrets are valid for so long; a day by default, at most 30 days.' }),
  secret_sha256: secretHash,
})
  .transform(
    ({ overlap_seconds: overlap = BigInt(24 * HOUR_SECONDS), secret_sha256 }): RotateRequest => ({
      overlapMs: Number(overlap) * 1_000,
      secretHash: secret_sha256,
    }),
  )
  .meta({ id: 'KeyRotateRequest' });
