import { AppError, contended, orNotFound } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { balanceOf, post, postToWallet, type Stale } from '../ledger/index.ts';
import { charge, concludePayment, resolvePayment } from './charge-payment.ts';
import { paymentEntry } from './entries.ts';
import { paymentIdOf } from './ids.ts';
import {
  type ApprovedPayment,
  isRequestOf,
  type Payment,
  type PaymentRequest,
  type PendingPayment,
  type UnpaidPayment,
} from './payment.ts';
import { paymentCreated } from './payment-events.ts';
import type { Moved, WalletDeps } from './ports.ts';

/** The payments that are answered with a 2xx: the gateway charged, or it declined. */
export type Answered = ApprovedPayment | (UnpaidPayment & { readonly status: 'DECLINED' });

/**
 * Pays a provider out of a wallet. The debit is stored before the gateway is called, and the outcome after that: a crash in
 * between leaves a PENDING payment, which a look-up at the gateway resolves.
 *
 * A repeated request, at once or after a crash, is the same payment, and the answer has its status. A repetition that finds
 * it unresolved looks it up itself. The key of a payment never expires.
 * @param deadline epoch milliseconds by which an answer is due
 * @throws AppError NOT_FOUND, INSUFFICIENT_FUNDS, IDEMPOTENCY_MISMATCH, RATE_LIMITED: no payment was made;
 *   REQUEST_IN_PROGRESS, GATEWAY_ERROR, GATEWAY_TIMEOUT: there is a payment, and the details name it
 */
export async function pay(
  deps: WalletDeps,
  request: PaymentRequest,
  key: IdempotencyKey,
  deadline: number,
): Promise<{ payment: Answered; replayed: boolean }> {
  const started = await start(deps, request, key, deadline);
  if (started.kind === 'moved') {
    const { payment } = started;
    if (!isRequestOf(payment, request)) throw new AppError('IDEMPOTENCY_MISMATCH');
    if (isWorkedOn(payment, deps.now())) throw inProgress(payment, deps.now());
    return { payment: answered(await resolvePayment(deps, payment)), replayed: true };
  }
  const outcome = await charge(deps, started.payment);
  return { payment: answered(await concludePayment(deps, started.payment, outcome)), replayed: false };
}

type Started = Moved | { readonly kind: 'started'; readonly payment: PendingPayment };

function start(deps: WalletDeps, request: PaymentRequest, key: IdempotencyKey, deadline: number): Promise<Started> {
  const { userId, providerId, money } = request;
  const id = paymentIdOf(userId, key);
  return postToWallet(deps, userId, async (found): Promise<Started | Stale> => {
    const now = deps.now();
    const prepared = await deps.payments.prepare(request, key, now);
    if (prepared.payment) return { kind: 'moved', payment: prepared.payment };
    // The wallet that the last refused write found may be newer than the one just read, never older.
    const wallet = orNotFound(newer(found, prepared.wallet), `There is no wallet of "${userId}".`);
    orNotFound(prepared.provider, `There is no provider "${providerId}".`);
    if (balanceOf(wallet, money.currency) < money.minor) {
      // The payment may have been made after the read, and be what took the balance.
      const payment = await deps.payments.read(id);
      if (payment) return { kind: 'moved', payment };
      throw insufficient(request, balanceOf(wallet, money.currency));
    }
    const workedOnUntil = Math.min(now + deps.policy.gatewayMs, deadline - deps.policy.reserveMs);
    if (workedOnUntil < now + deps.gateway.deadlineMs) throw contended();
    const at = new Date(now).toISOString();
    const times = { createdAt: at, updatedAt: at, workedOnUntil };
    const payment: PendingPayment = { ...request, id, key, status: 'PENDING', ...times };
    const posted = post(wallet, paymentEntry(payment, at));
    const written = await deps.payments.begin(payment, posted, paymentCreated(deps, payment));
    return written.kind === 'done' ? { kind: 'started', payment } : written;
  });
}

function newer<Versioned extends { readonly seq: number }>(one: Versioned | undefined, other: Versioned | undefined) {
  return one && (!other || one.seq > other.seq) ? one : other;
}

function isWorkedOn(payment: Payment, now: number): boolean {
  return payment.status === 'PENDING' && now < payment.workedOnUntil;
}

function answered(payment: Payment): Answered {
  if (payment.status === 'APPROVED') return payment;
  if (payment.status === 'PENDING') throw new AppError('GATEWAY_TIMEOUT', { ...about(payment), retryAfter: 5 });
  if (payment.status === 'FAILED') throw new AppError('GATEWAY_ERROR', about(payment));
  return { ...payment, status: payment.status };
}

function inProgress(payment: Payment, now: number): AppError {
  const retryAfter = Math.max(1, Math.ceil((payment.workedOnUntil - now) / 1_000));
  return new AppError('REQUEST_IN_PROGRESS', { ...about(payment), retryAfter });
}

const REASONS = {
  PENDING: 'its outcome is not known yet: read the payment, or repeat the request with the same key',
  FAILED: 'it was not charged, and the money is back in the wallet',
} as const;

function about({ id, status }: Payment) {
  const reason = REASONS[status as keyof typeof REASONS];
  return { details: [{ path: 'payment', reason, payment_id: id, status }] };
}

function insufficient({ money }: PaymentRequest, available: bigint): AppError {
  const reason = `requested ${money.minor} ${money.currency} minor units, available ${available}`;
  return new AppError('INSUFFICIENT_FUNDS', {
    details: [{ path: 'amount', reason, requested: `${money.minor}`, available: `${available}` }],
  });
}
