import { z } from 'zod';
import type { ErrorDetail } from '../kernel/errors.ts';
import { instant, otherwise, problemsIn, wholeNumber } from '../kernel/fields.ts';
import { ID, type MerchantId, TRANSACTION_STATUSES, type Transaction, type TransactionId } from './transaction.ts';

/** Ten trillion of the major unit: more than any sale. */
const MAX_CENTS = 10n ** 15n;

const id = () =>
  z
    .string(otherwise('must be a string'))
    .regex(ID, 'must be 1 to 64 letters, digits, "_", ".", ":" or "-", beginning with a letter or digit');

const fields = {
  id: id(),
  merchant_id: id(),
  amount_cents: wholeNumber(0n, MAX_CENTS),
  fee_cents: wholeNumber(0n, MAX_CENTS),
  status: z.enum(TRANSACTION_STATUSES, otherwise(`must be one of ${TRANSACTION_STATUSES.join(', ')}`)),
  paid_at: instant,
};

export const ROW_FIELDS = Object.keys(fields) as (keyof typeof fields)[];

/** A row of POST /transactions. */
export const transactionRow = z.strictObject(fields, 'must be an object').meta({ id: 'TransactionRow' });

/** A row of a file. Unknown fields are ignored, which is faster. */
const fileRow = z.object(fields, 'must be an object');

/** Reads a row of a file. @param row its numbers are `ExactNumber` @returns the problems of the row if it has any */
export function readRow(row: unknown): Transaction | ErrorDetail[] {
  const { data, error } = fileRow.safeParse(row);
  return error ? problemsIn(error) : transactionOf(data);
}

export function transactionOf(row: z.output<typeof transactionRow>): Transaction {
  return {
    id: row.id as TransactionId,
    merchantId: row.merchant_id as MerchantId,
    amountCents: row.amount_cents,
    feeCents: row.fee_cents,
    status: row.status,
    paidAt: row.paid_at,
  };
}
