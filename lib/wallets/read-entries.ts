import { invariant } from '../kernel/errors.ts';
import { type Journal, linesAround } from '../ledger/index.ts';
import type { Payment } from './payment.ts';
import type { WalletDeps } from './ports.ts';
import { readPayment } from './read-payment.ts';

/** The journal entries of a payment: its debit, its capture or its return, and its refunds. @throws AppError NOT_FOUND */
export async function readPaymentEntries(deps: WalletDeps, text: string): Promise<Journal> {
  const payment = await readPayment(deps, text);
  const { id, userId, status } = payment;
  const wallet = await deps.ledger.read(userId);
  invariant(wallet, 'a wallet is never deleted');
  return {
    lines: await linesAround(deps.ledger, wallet, timesOf(payment), ({ entry }) => entry.references.payment_id === id),
    capture: status === 'APPROVED' ? (payment.capture ?? (await deps.ledger.earlierCapture('PAYMENT', id))) : undefined,
  };
}

/** When it moved the wallet. */
function timesOf(payment: Payment): string[] {
  const { createdAt, updatedAt } = payment;
  if (payment.status === 'PENDING') return [createdAt];
  return payment.status === 'APPROVED' ? [createdAt, ...payment.refunds.map(({ at }) => at)] : [createdAt, updatedAt];
}
