import { z } from 'zod';
import type { ErrorDetail } from '../kernel/errors.ts';
import { ExactNumber } from '../kernel/exact-json.ts';
import { ID, type MerchantId, TRANSACTION_STATUSES, type Transaction, type TransactionId } from './transaction.ts';

/** Ten trillion of the major unit: far from any sale, and a day of them adds up in every reader's integers. */
const MAX_CENTS = 10n ** 15n;

const otherwise = (reason: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : reason),
});
const id = z
  .string(otherwise('must be a string'))
  .regex(ID, 'must be 1 to 64 letters, digits, "_", ".", ":" or "-", beginning with a letter or digit');

const cents = z
  .instanceof(ExactNumber, otherwise('must be a whole number of cents'))
  .refine(({ text }) => /^\d+$/.test(text), 'must be a whole number of cents, 0 or more')
  .transform(({ text }) => (/^\d+$/.test(text) ? BigInt(text) : 0n))
  .refine((amount) => amount <= MAX_CENTS, `must be at most ${MAX_CENTS}`);

/** An instant with its zone (RFC 3339); without one nobody could say which day it belongs to. */
const instant = z
  .string(otherwise('must be a string'))
  .refine(
    (text) => z.iso.datetime({ offset: true }).safeParse(text).success && /^[2-9]/.test(text),
    'must be a time with its zone, such as 2026-11-19T08:30:00Z',
  )
  .transform((text) => Date.parse(text));

const rowSchema = z.object({
  id,
  merchant_id: id,
  amount_cents: cents,
  fee_cents: cents,
  status: z.enum(TRANSACTION_STATUSES, otherwise(`must be one of ${TRANSACTION_STATUSES.join(', ')}`)),
  paid_at: instant,
});

export const ROW_FIELDS = rowSchema.keyof().options;

/** A row as it came, its numbers as {@link ExactNumber}, or what is wrong with it, field by field. */
export function readRow(row: unknown): Transaction | ErrorDetail[] {
  const parsed = rowSchema.safeParse(row, { error: () => 'must be an object' });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), reason: message }));
    return problems.filter(({ path }, index) => problems.findIndex((one) => one.path === path) === index);
  }
  const { data } = parsed;
  return {
    id: data.id as TransactionId,
    merchantId: data.merchant_id as MerchantId,
    amountCents: data.amount_cents,
    feeCents: data.fee_cents,
    status: data.status,
    paidAt: data.paid_at,
  };
}
