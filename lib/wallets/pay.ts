import { demandFor, requireWithinPayoutLimit } from '../access/index.ts';
import { ofThisRequest } from '../events/index.ts';
import { AppError, contended, orNotFound } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { balanceOf, type Proposal, post, postToWallet, type Wallet } from '../ledger/index.ts';
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
 * between leaves a PENDING payment, which a look-up at the gateway resolves. A repeated request is the same payment: if it is
 * PENDING, the request looks it up. The key of a payment never expires.
 * @param deadline epoch milliseconds by which an answer is due
 * @throws AppError NOT_FOUND, INSUFFICIENT_FUNDS, LIMIT_EXCEEDED, IDEMPOTENCY_MISMATCH, RATE_LIMITED: no payment was made;
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
  const { payment, outcome } = await charge(deps, started.payment);
  return { payment: answered(await concludePayment(deps, payment, outcome)), replayed: false };
}

const REFUSALS: ReadonlySet<string> = new Set(['INSUFFICIENT_FUNDS', 'LIMIT_EXCEEDED']);

type Started = Moved | { readonly kind: 'started'; readonly payment: PendingPayment };

async function start(
  deps: WalletDeps,
  request: PaymentRequest,
  key: IdempotencyKey,
  deadline: number,
): Promise<Started> {
  const { userId, providerId, money } = request;
  const id = paymentIdOf(userId, key);
  const caused = ofThisRequest(deps);
  const principal = caused.principal();

  function propose(wallet: Wallet): Proposal<Started> {
    const now = deps.now();
    const available = balanceOf(wallet, money.currency);
    if (available < money.minor) throw insufficient(request, available);
    const workedOnUntil = Math.min(now + deps.policy.gatewayMs, deadline - deps.policy.reserveMs);
    if (workedOnUntil < now + deps.gateway.deadlineMs) throw contended();
    const at = new Date(now).toISOString();
    const times = { createdAt: at, updatedAt: at, workedOnUntil };
    const demand = demandFor(principal, money, now);
    const reserved = demand ? { reservation: demand.reservation } : {};
    const payment: PendingPayment = { ...request, id, key, status: 'PENDING', ...times, ...reserved };
    const posted = post(wallet, paymentEntry(payment, at));
    const companion = deps.payments.toBegin(payment, paymentCreated(caused, payment), demand);
    return { posted, companion, result: { kind: 'started', payment } };
  }

  try {
    return await postToWallet<Started>(deps, userId, async () => {
      const { payment, ...found } = await deps.payments.prepare(request, key, deps.now());
      if (payment) return { kind: 'moved', payment };
      requireWithinPayoutLimit(principal, [request]);
      const wallet = orNotFound(found.wallet, `There is no wallet of "${userId}".`);
      orNotFound(found.provider, `There is no provider "${providerId}".`);
      return { wallet, propose };
    });
  } catch (error) {
    if (!(error instanceof AppError && REFUSALS.has(error.code))) throw error;
    // The payment may have been made after the read, and be what took the balance or the rest of a limit.
    const payment = await deps.payments.read(id);
    if (payment) return { kind: 'moved', payment };
    throw error;
  }
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
