import { z } from 'zod';
import type { ErrorDetail } from '../kernel/errors.ts';
import { ExactNumber } from '../kernel/exact-json.ts';
import { always, object, otherwise, problemsIn, text } from '../kernel/fields.ts';
import {
  type AmountProblem,
  CURRENCY_PATTERN,
  type Currency,
  describeAmountProblem,
  MAX_MINOR,
  parseCurrency,
  parseMajor,
  parseMinor,
} from '../kernel/money.ts';
import type { ClaimKind, Instruction } from './payout.ts';

/** The two public shapes, by the name of their list. */
export const SHAPES = ['payouts', 'items'] as const;
export type Shape = (typeof SHAPES)[number];

export type Given = Readonly<Record<string, unknown>>;
export const isObject = (given: unknown): given is Given =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

const exactNumber = (meta: Record<string, unknown>) =>
  z.instanceof(ExactNumber, otherwise('must be a number')).meta(meta);

/** A problem of an amount in its currency, if the number and the currency are each valid. */
const amountProblem = (
  amount: unknown,
  currency: Currency | undefined,
  unit: 'major' | 'minor',
): string | undefined => {
  if (!(amount instanceof ExactNumber) || currency === undefined) return undefined;
  const parsed: bigint | AmountProblem = unit === 'major' ? parseMajor(amount, currency) : parseMinor(amount);
  return typeof parsed === 'bigint' ? undefined : describeAmountProblem(parsed, currency, unit);
};

const VENDOR_FIELDS = {
  vendor_id: text(128),
  vendor_name: text(140),
  external_id: text(128)
    .optional()
    .meta({ description: 'Your id of the payout, claimed once for ever: no other payout gets it, in any batch.' }),
  amount: exactNumber({
    type: 'number',
    exclusiveMinimum: 0,
    maximum: Number(MAX_MINOR),
    description: 'In major units, with at most the decimals of the currency. Read exactly, digit by digit.',
  }),
  currency: z
    .string(otherwise('must be an ISO 4217 code such as "IDR"'))
    .refine((code) => parseCurrency(code) !== undefined, 'is not an ISO 4217 currency')
    .meta({ description: 'ISO 4217 code of a currency with a minor unit.', pattern: CURRENCY_PATTERN }),
  bank_account: z
    .string(otherwise('must be a string'))
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9 .*-]{2,33}$/,
      'must be 3 to 34 letters, digits, spaces, ".", "-" or "*", beginning with a letter or digit',
    )
    .meta({
      description: 'Sent to the rail unchanged, also if it is masked: a rail may hold accounts under a token.',
    }),
  bank_name: text(140),
  transaction_ids: z
    .array(text(128), 'must be a list')
    .max(100, 'must have at most 100 entries')
    .default([])
    .meta({ description: 'The sales that this payout pays. With `claim_transactions`, no other payout pays them.' }),
};

export const vendorPayout = object(VENDOR_FIELDS, 'must be an object')
  .superRefine((entry: Given, context) => {
    const currency = typeof entry?.currency === 'string' ? parseCurrency(entry.currency) : undefined;
    const message = amountProblem(entry?.amount, currency, 'major');
    if (message) context.addIssue({ code: 'custom', path: ['amount'], message });
  }, always)
  .meta({ id: 'VendorPayout' });

const PIX_CURRENCY = 'BRL' as Currency; // PIX pays in reais

const PIX_FIELDS = {
  external_id: text(128).meta({ description: 'Claimed once for ever, unless `duplicates` is "allow".' }),
  user_id: text(128),
  amount_cents: exactNumber({ type: 'integer', format: 'int64', minimum: 1, maximum: Number(MAX_MINOR) }),
  pix_key: text(77).meta({ description: 'At most 77 characters (BCB, DICT API). Only the directory can check it.' }),
};

export const pixItem = object(PIX_FIELDS, 'must be an object')
  .superRefine((entry: Given, context) => {
    const message = amountProblem(entry?.amount_cents, PIX_CURRENCY, 'minor');
    if (message) context.addIssue({ code: 'custom', path: ['amount_cents'], message });
  }, always)
  .meta({ id: 'PixItem' });

export const ENTRIES = { payouts: vendorPayout, items: pixItem } as const;

/** The fields of an entry of a list. */
export const fieldsOf = (list = 'payouts'): string[] => Object.keys(list === 'items' ? PIX_FIELDS : VENDOR_FIELDS);

export type Claiming = { readonly claims: boolean; readonly claimsSales: boolean };

/** Reads a row of a file, an entry of either shape. @param row its numbers are `ExactNumber` @returns its problems, if any */
export function readInstruction(row: unknown, claiming: Claiming): Instruction | ErrorDetail[] {
  const isPix = isObject(row) && ('pix_key' in row || 'amount_cents' in row);
  const read = isPix ? pixItem.safeParse(row) : vendorPayout.safeParse(row);
  if (read.error) return problemsIn(read.error);
  return 'pix_key' in read.data ? instructionOfPix(read.data, claiming) : instructionOfVendor(read.data, claiming);
}

export function instructionOfVendor(
  fields: z.output<typeof vendorPayout>,
  { claims, claimsSales }: Claiming,
): Instruction {
  const currency = fields.currency as Currency;
  const kinds: ClaimKind[] = [
    ...(claims && fields.external_id !== undefined ? (['external_id'] as const) : []),
    ...(claimsSales && fields.transaction_ids.length > 0 ? (['transaction_id'] as const) : []),
  ];
  return {
    externalId: fields.external_id ?? fields.vendor_id,
    payee: { id: fields.vendor_id, name: fields.vendor_name },
    money: { minor: parseMajor(fields.amount, currency) as bigint, currency },
    destination: { type: 'bank_account', bankAccount: fields.bank_account, bankName: fields.bank_name },
    transactionIds: fields.transaction_ids,
    ...(kinds.length > 0 ? { claims: kinds } : {}),
  };
}

export function instructionOfPix(fields: z.output<typeof pixItem>, { claims }: Claiming): Instruction {
  return {
    externalId: fields.external_id,
    payee: { id: fields.user_id },
    money: { minor: parseMinor(fields.amount_cents) as bigint, currency: PIX_CURRENCY },
    destination: { type: 'pix', pixKey: fields.pix_key },
    transactionIds: [],
    ...(claims ? {} : { claims: [] }),
  };
}
