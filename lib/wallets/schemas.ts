import { z } from 'zod';
import { digits, name, otherwise, text, wholeNumber } from '../kernel/fields.ts';
import { type Currency, MAX_DIGITS, MAX_MINOR, parseCurrency, type Unit } from '../kernel/money.ts';
import { userIdField } from '../ledger/index.ts';
import type { ProviderId } from './ids.ts';

/*
 * Request bodies. Amounts of currencies are whole numbers of the minor unit. Amounts of assets are strings of digits: they
 * exceed what JSON readers can read exactly.
 */

/** The codes of the assets that a wallet can hold. */
export type AssetCodes = { has(code: string): boolean };

const providerId = name().transform((id) => id as ProviderId);

const currency = z
  .string(otherwise('must be a string'))
  .refine((code) => parseCurrency(code) !== undefined, 'must be an ISO 4217 currency code such as IDR')
  .transform((code) => code as Currency);

const money = { amount: wholeNumber(1n, MAX_MINOR), currency };

const unit = (assets: AssetCodes) =>
  z
    .string(otherwise('must be a string'))
    .refine(
      (code) => parseCurrency(code) !== undefined || assets.has(code),
      'must be an ISO 4217 currency code such as IDR, or an asset that can be withdrawn',
    )
    .transform((code) => code as Unit);

/** POST /wallets */
export const walletRequest = ({ assets }: { assets: AssetCodes }) =>
  z.object({ user_id: userIdField, currency: unit(assets) }, 'must be a JSON object');

const ofCurrency = z.object(money, 'must be a JSON object');
const ofAsset = z.object({ amount: digits(MAX_DIGITS) });

/** POST /wallets/{user_id}/deposits */
export const depositRequest = ({ assets }: { assets: AssetCodes }) =>
  z
    .looseObject({ currency: unit(assets) }, 'must be a JSON object')
    .transform((body, context): { amount: bigint; currency: Unit } => {
      const parsed = (assets.has(body.currency) ? ofAsset : ofCurrency).safeParse(body);
      if (parsed.success) return { amount: parsed.data.amount, currency: body.currency };
      for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
      return z.NEVER;
    });

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
