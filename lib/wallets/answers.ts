import { z } from 'zod';
import { count, int64, orNull, time } from '../kernel/fields.ts';
import { walletAmount as amount } from '../ledger/index.ts';
import { STATEMENT_TYPES } from './read-statement.ts';

/*
 * The JSON that clients get (view.ts makes it). Amounts are exact, in minor units: numbers of a currency, strings of an asset.
 */

const balance = {
  user_id: z.string(),
  balances: z.array(z.object({ currency: z.string(), amount })),
};
export const balanceAnswer = z
  .object({ ...balance, as_of: time().exactOptional().meta({ description: 'The time that the request names.' }) })
  .meta({ id: 'Balance' });
export const walletAnswer = z.object({ ...balance, created_at: time() }).meta({ id: 'Wallet' });

export const depositAnswer = z
  .object({
    deposit_id: z.string(),
    user_id: z.string(),
    amount,
    currency: z.string(),
    balance: amount.meta({ description: 'Of this currency, after the deposit.' }),
    created_at: time(),
  })
  .meta({ id: 'Deposit' });

export const lineAnswer = z
  .object({
    transaction_id: z.string(),
    seq: count().meta({ description: 'Counts the entries of the wallet, without a gap.' }),
    type: z.enum(STATEMENT_TYPES),
    amount: amount.meta({ description: 'Negative if it left the wallet.' }),
    currency: z.string(),
    balance_after: amount,
    counter_account: orNull(z.string()),
    payment_id: orNull(z.string()),
    withdrawal_id: orNull(z.string()),
    created_at: time(),
  })
  .meta({ id: 'WalletTransaction' });

const refund = { refund_id: z.string(), amount: int64(), created_at: time() };
export const refundAnswer = z
  .object({ ...refund, payment_id: z.string(), user_id: z.string(), currency: z.string() })
  .meta({ id: 'Refund' });

const payment = {
  payment_id: z.string(),
  user_id: z.string(),
  provider_id: z.string(),
  external_reference: z.string(),
  amount: int64(),
  currency: z.string(),
  status: z.enum(['PENDING', 'APPROVED', 'DECLINED', 'FAILED']),
  gateway_id: orNull(z.string()),
  failure: orNull(z.object({ code: z.string(), message: z.string() })),
  created_at: time(),
};
/** POST payments. Only fields that never change, so that a repeated request gets the same answer at any time. */
export const createdPaymentAnswer = z
  .object({ ...payment, status: z.enum(['APPROVED', 'DECLINED']) })
  .meta({ id: 'CreatedPayment' });

export const paymentAnswer = z
  .object({
    ...payment,
    refunded_amount: int64(),
    refunds: z.array(z.object(refund)),
    updated_at: time(),
  })
  .meta({ id: 'Payment' });

export const providerAnswer = z
  .object({ provider_id: z.string(), name: z.string(), created_at: time() })
  .meta({ id: 'Provider' });
