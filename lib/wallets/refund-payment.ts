import { demandFor, requireWithinPayoutLimit } from '../access/index.ts';
import { AppError, invariant } from '../kernel/errors.ts';
import { type IdempotencyKey, type Known, knownOr } from '../kernel/idempotency.ts';
import type { Money } from '../kernel/money.ts';
import { post, postToWallet, type Wallet } from '../ledger/index.ts';
import { refundEntry } from './entries.ts';
import { type RefundId, refundId } from './ids.ts';
import { type ApprovedPayment, type Payment, type Refund, refunded, refundedOf } from './payment.ts';
import { refundCreated } from './payment-events.ts';
import type { Moved, WalletDeps } from './ports.ts';
import { existingPayment, readPayment } from './read-payment.ts';

/** All refunds are listed in the payment's item, which has a limited size. */
export const MAX_REFUNDS = 100;

export type Refunded = { readonly payment: ApprovedPayment; readonly refund: Refund; readonly replayed: boolean };

/**
 * Returns an approved payment from the provider's account to the wallet: what is left of it, or a part.
 * @param minor of the payment's currency; undefined for all that is left
 * @throws AppError NOT_FOUND, INVALID_STATE, LIMIT_EXCEEDED, VALIDATION_ERROR, IDEMPOTENCY_MISMATCH, RATE_LIMITED
 */
export async function refundPayment(
  deps: WalletDeps,
  paymentText: string,
  minor: bigint | undefined,
  key: IdempotencyKey,
): Promise<Refunded> {
  const first = await readPayment(deps, paymentText);
  const keyed = { scope: `refund:${first.id}`, key, request: { minor: minor ?? null } };
  const id = refundId(deps.newId());
  const principal = deps.principal();
  const result = await postToWallet<Known | Moved>(deps, first.userId, async () => {
    const now = deps.now();
    const [payment, wallet, known] = await Promise.all([
      existingPayment(deps, first.id),
      deps.ledger.read(first.userId),
      deps.wallets.recall(keyed, now),
    ]);
    if (known) return known;
    invariant(wallet, 'a wallet is never deleted');
    let refundable: Refundable;
    try {
      refundable = refundableOf(payment, minor);
      requireWithinPayoutLimit(principal, [refundable]);
    } catch (error) {
      return knownOr(() => deps.wallets.recall(keyed, now), error);
    }
    const { money } = refundable;
    const demand = demandFor(principal, money, now);
    const at = new Date(now).toISOString();
    const refund: Refund = { id, minor: money.minor, at, ...(demand ? { reservation: demand.reservation } : {}) };
    const after = refunded(refundable.payment, refund);
    const companion = deps.payments.toRefund(after, keyed, refundCreated(deps, after, refund), demand);
    const propose = (current: Wallet) => {
      const posted = post(current, refundEntry(id, payment, money, at));
      return { posted, companion, result: { kind: 'moved', payment: after } as const };
    };
    return { wallet, propose };
  });
  if (result.kind === 'known')
    return refundIn(await existingPayment(deps, first.id), result.resource as RefundId, true);
  return refundIn(result.payment, id, false);
}

type Refundable = { readonly payment: ApprovedPayment; readonly money: Money };

/** @param minor undefined for all that is left @throws AppError INVALID_STATE */
function refundableOf(payment: Payment, minor: bigint | undefined): Refundable {
  if (payment.status !== 'APPROVED') {
    throw new AppError('INVALID_STATE', { message: `A payment that is ${payment.status} cannot be refunded.` });
  }
  const left = payment.money.minor - refundedOf(payment);
  if (left === 0n) throw new AppError('INVALID_STATE', { message: 'The payment is fully refunded already.' });
  if (minor !== undefined && minor > left) {
    const reason = `must be at most ${left}, which is what is left of the payment`;
    throw new AppError('INVALID_STATE', {
      message: 'The amount is more than what is left of the payment.',
      details: [{ path: 'amount', reason, requested: `${minor}`, available: `${left}` }],
    });
  }
  if (payment.refunds.length >= MAX_REFUNDS) {
    throw new AppError('INVALID_STATE', { message: `A payment is refunded in at most ${MAX_REFUNDS} parts.` });
  }
  return { payment, money: { minor: minor ?? left, currency: payment.money.currency } };
}

function refundIn(payment: Payment, id: RefundId, replayed: boolean): Refunded {
  invariant(payment.status === 'APPROVED', 'only an approved payment has refunds');
  const refund = payment.refunds.find((each) => each.id === id);
  invariant(refund, 'a refund is stored together with its key');
  return { payment, refund, replayed };
}
