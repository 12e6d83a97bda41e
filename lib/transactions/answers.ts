import { z } from 'zod';
import { count, int64, time } from '../kernel/fields.ts';
import { TRANSACTION_STATUSES } from './transaction.ts';

export const storedAnswer = z
  .object({ received: count(), stored: count(), unchanged: count().meta({ description: 'Stored before.' }) })
  .meta({ id: 'StoredTransactions' });

export const transactionAnswer = z
  .object({
    id: z.string(),
    merchant_id: z.string(),
    amount_cents: int64(),
    fee_cents: int64(),
    status: z.enum(TRANSACTION_STATUSES),
    paid_at: time(),
    settlement_date: z.string().meta({ format: 'date', description: 'The day in UTC of `paid_at`.' }),
  })
  .meta({ id: 'Transaction' });
