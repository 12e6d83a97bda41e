import { z } from 'zod';
import { name, otherwise, text, wholeNumber } from '../kernel/fields.ts';
import { type Currency, MAX_MINOR, parseCurrency } from '../kernel/money.ts';
import { type ProviderId, USER_ID, type UserId } from './ids.ts';

/*
 * What clients send. Amounts are whole numbers of the currency's minor unit.
 */

const userId = z
  .string(otherwise('must be a string'))
  .regex(USER_ID, 'must be 1 to 128 letters, digits or "_.:@+|-", beginning with a letter or digit')
  .transform((id) => id as UserId);

const providerId = name().transform((id) => id as ProviderId);

const currency = z
  .string(otherwise('must be a string'))
  .refine((code) => parseCurrency(code) !== undefined, 'must be an ISO 4217 currency code such as IDR')
  .transform((code) => code as Currency);

const money = { amount: wholeNumber(1n, MAX_MINOR), currency };

/** POST /wallets */
export const walletRequest = z.object({ user_id: userId, currency }, 'must be a JSON object');

/** POST /wallets/{user_id}/deposits */
export const depositRequest = z.object(money, 'must be a JSON object');

/** POST /wallets/{user_id}/payments */
export const paymentRequest = z.object(
  { provider_id: providerId, external_reference: text(128), ...money },
  'must be a JSON object',
);

/** POST /payments/{payment_id}/refund */
export const refundRequest = z.object({ amount: money.amount.optional() }, 'must be a JSON object');

/** POST /providers */
export const providerRequest = z.object(
  { provider_id: providerId.optional(), name: text(200) },
  'must be a JSON object',
);
