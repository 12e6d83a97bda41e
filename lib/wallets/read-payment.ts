import { invariant, orNotFound } from '../kernel/errors.ts';
import { type PaymentId, parsePaymentId } from './ids.ts';
import type { Payment } from './payment.ts';
import type { WalletDeps } from './ports.ts';

/** @throws AppError NOT_FOUND */
export async function readPayment({ payments }: WalletDeps, text: string): Promise<Payment> {
  const id = parsePaymentId(text);
  return orNotFound(id && (await payments.read(id)), 'There is no such payment.');
}

/** A payment that a key or an index names. */
export async function existingPayment({ payments }: WalletDeps, id: PaymentId): Promise<Payment> {
  const payment = await payments.read(id);
  invariant(payment, 'a payment is never deleted, and stored together with its key');
  return payment;
}
