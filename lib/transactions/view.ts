import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import type { transactionAnswer } from './answers.ts';
import { settlementDay, type Transaction } from './transaction.ts';

export function transactionView(transaction: Transaction): z.input<typeof transactionAnswer> {
  return {
    id: transaction.id,
    merchant_id: transaction.merchantId,
    amount_cents: exactNumber(`${transaction.amountCents}`),
    fee_cents: exactNumber(`${transaction.feeCents}`),
    status: transaction.status,
    paid_at: new Date(transaction.paidAt).toISOString(),
    settlement_date: settlementDay(transaction),
  };
}
