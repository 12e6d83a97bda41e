import { z } from 'zod';
import type { ErrorDetail } from '../kernel/errors.ts';
import { otherwise, problemsIn, wholeNumber } from '../kernel/fields.ts';
import { ID, type MerchantId, TRANSACTION_STATUSES, type Transaction, type TransactionId } from './transaction.ts';

/** Ten trillion of the major unit: far from any sale. */
const MAX_CENTS = 10n ** 15n;

const id = () =>
  z
    .string(otherwise('must be a string'))
    .regex(ID, 'must be 1 to 64 letters, digits, "_", ".", ":" or "-", beginning with a letter or digit');

/** An instant with its zone (RFC 3339); without one nobody could say which day it belongs to. */
const instant = z
  .string(otherwise('must be a string'))
  .refine(
    (text) => z.iso.datetime({ offset: true }).safeParse(text).success && /^[2-9]/.test(text),
    'must be a time with its zone, such as 2026-11-19T08:30:00Z',
  )
  .transform((text) => Date.parse(text))
  .meta({ format: 'date-time' });

/** A row as clients send it, in POST /transactions and in files. */
export const transactionRow = z.object(
  {
    id: id(),
    merchant_id: id(),
    amount_cents: wholeNumber(0n, MAX_CENTS),
    fee_cents: wholeNumber(0n, MAX_CENTS),
    status: z.enum(TRANSACTION_STATUSES, otherwise(`must be one of ${TRANSACTION_STATUSES.join(', ')}`)),
    paid_at: instant,
  },
  'must be an object',
);

export const ROW_FIELDS = transactionRow.keyof().options;

/** A row as it came, its numbers as `ExactNumber`, or what is wrong with it, field by field. */
export function readRow(row: unknown): Transaction | ErrorDetail[] {
  const { data, error } = transactionRow.safeParse(row);
  if (error) return problemsIn(error);
  return {
    id: data.id as TransactionId,
    merchantId: data.merchant_id as MerchantId,
    amountCents: data.amount_cents,
    feeCents: data.fee_cents,
    status: data.status,
    paidAt: data.paid_at,
  };
}
