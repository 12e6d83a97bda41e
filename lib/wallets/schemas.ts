import { z } from 'zod';
import { digits, name, object, otherwise, shapes, text, wholeNumber } from '../kernel/fields.ts';
import {
  ASSET_CODE,
  type Asset,
  CURRENCY_PATTERN,
  type Currency,
  MAX_DIGITS,
  MAX_MINOR,
  parseCurrency,
  type Unit,
} from '../kernel/money.ts';
import { userIdField } from '../ledger/index.ts';
import type { ProviderId } from './ids.ts';

/*
 * Request bodies. Amounts of currencies are whole numbers of the minor unit. Amounts of assets are strings of digits: they
 * exceed what JSON readers can read exactly.
 */

/** The codes of the assets that a wallet can hold. */
export type AssetCodes = { has(code: string): boolean };
/** The assets are settings, so a schema reads them with each request. */
type Settings = () => { readonly assets: AssetCodes };

const providerId = name().transform((id) => id as ProviderId);

const code = <Of extends Unit>(isValid: (given: string) => boolean, reason: string) =>
  z
    .string(otherwise('must be a string'))
    .refine(isValid, reason)
    .transform((given) => given as Of);

const isCurrency = (given: string) => parseCurrency(given) !== undefined;
const A_CURRENCY = 'must be an ISO 4217 currency code such as IDR';
const A_UNIT = `${A_CURRENCY}, or an asset that can be withdrawn`;
const iso4217 = { pattern: CURRENCY_PATTERN, description: 'ISO 4217 code of a currency with a minor unit.' };

const amount = wholeNumber(1n, MAX_MINOR);
const money = { amount, currency: code<Currency>(isCurrency, A_CURRENCY).meta(iso4217) };

/** The body of POST /wallets */
export const walletRequest = (settings: Settings) =>
  object({
    user_id: userIdField,
    currency: code<Unit>((given) => isCurrency(given) || settings().assets.has(given), A_UNIT).meta({
      pattern: ASSET_CODE.source,
      description: 'ISO 4217 code of a currency with a minor unit, or the code of an asset that can be withdrawn.',
    }),
  }).meta({ id: 'WalletRequest' });

/** The body of POST /wallets/{user_id}/deposits */
export const depositRequest = (settings: Settings) => {
  const isAsset = (given: unknown) => typeof given === 'string' && settings().assets.has(given);
  const ofCurrency = object({ amount, currency: code<Currency>(isCurrency, A_UNIT).meta(iso4217) }).meta({
    id: 'CurrencyDepositRequest',
  });
  const ofAsset = object({
    amount: digits(MAX_DIGITS),
    currency: code<Asset>(isAsset, A_UNIT).meta({
      pattern: ASSET_CODE.source,
      description: 'The code of an asset that can be withdrawn.',
    }),
  }).meta({ id: 'AssetDepositRequest' });
  const pick = (body: unknown) => (isAsset((body as { currency?: unknown } | null)?.currency) ? ofAsset : ofCurrency);
  return shapes([ofCurrency, ofAsset], pick).meta({ id: 'DepositRequest' });
};

/** The body of POST /wallets/{user_id}/payments */
export const paymentRequest = object({
  provider_id: providerId,
  external_reference: text(128).meta({ description: 'The provider’s name for the debt, such as a bill number.' }),
  ...money,
}).meta({ id: 'PaymentRequest' });

/** The body of POST /payments/{payment_id}/refund */
export const refundRequest = object({
  amount: amount.optional().meta({ description: 'Without it, all that is left of the payment.' }),
}).meta({ id: 'RefundRequest' });

/** The body of POST /providers */
export const providerRequest = object({
  provider_id: providerId.optional().meta({
    description: 'Your name for the provider, and its idempotency key. Without it the service chooses one.',
  }),
  name: text(200),
}).meta({ id: 'ProviderRequest' });
