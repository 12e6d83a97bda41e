import { invariant, undefinedIfContended } from '../kernel/errors.ts';
import { post, postToWallet, type Stale } from '../ledger/index.ts';
import { type AttemptOutcome, afterLookUp, isLeased } from '../rail/index.ts';
import { attemptOf, leaseOf, MAX_ATTEMPTS } from './charge.ts';
import { captureEntry, returnEntry } from './entries.ts';
import {
  approved,
  type Failure,
  logFieldsOf,
  type Payment,
  type PendingPayment,
  referenceOf,
  type UnpaidPayment,
  unpaid,
} from './payment.ts';
import { paymentCompleted, paymentFailed } from './payment-events.ts';
import type { Moved, WalletDeps } from './ports.ts';

/** Refusals whose cause is the gateway, not the payment. */
const GATEWAY_FAULTS = new Set(['BANK_API_TIMEOUT', 'RATE_LIMITED']);
const UNREACHABLE: Failure = { code: 'GATEWAY_UNREACHABLE', message: 'The payment gateway could not be reached.' };
const NEVER_ARRIVED: Failure = { code: 'NEVER_ARRIVED', message: 'The payment never reached the gateway.' };

/**
 * Looks up the outcome of a payment that no request works on any more, and concludes it; it never sends. Several may do so
 * at the same time: a look-up has no effect, and the conclusion is written once.
 * @returns the stored payment: PENDING if its outcome is still unknown
 */
export async function resolvePayment(deps: WalletDeps, payment: Payment): Promise<Payment> {
  if (payment.status !== 'PENDING' || deps.now() < payment.workedOnUntil) return payment;
  const mayStillArrive = isLeased({ lease: leaseOf(deps, payment) }, deps.now());
  const lookedUp = await deps.gateway.lookUp(referenceOf(payment));
  const rules = { maxAttempts: MAX_ATTEMPTS, isUnknown: false, mayStillArrive };
  const outcome = afterLookUp(attemptOf(payment), lookedUp, rules);
  return concludePayment(deps, payment, outcome, NEVER_ARRIVED);
}

/**
 * Writes the outcome of a payment, once, also if others do so at the same time.
 * @param nothingSent why it failed if no call of it reached the gateway
 * @returns the stored payment: PENDING if the outcome is unknown, or if the wallet was too busy to take the money back
 */
export async function concludePayment(
  deps: WalletDeps,
  payment: PendingPayment,
  outcome: AttemptOutcome,
  nothingSent = UNREACHABLE,
): Promise<Payment> {
  switch (outcome.kind) {
    case 'paid':
      return approve(deps, payment, outcome.bankId);
    case 'retrying':
    case 'failed': {
      const status = GATEWAY_FAULTS.has(outcome.failure.code) ? 'FAILED' : 'DECLINED';
      return giveBack(deps, payment, status, outcome.failure);
    }
    case 'unchanged':
      return outcome.attempt.unanswered ? payment : giveBack(deps, payment, 'FAILED', nothingSent);
    case 'unknown':
      return payment;
  }
}

async function approve(deps: WalletDeps, payment: PendingPayment, gatewayId: string): Promise<Payment> {
  const at = new Date(deps.now()).toISOString();
  const after = approved(payment, gatewayId, at);
  const written = await deps.payments.approve(after, captureEntry(payment, at), paymentCompleted(deps, after));
  if (written.kind === 'done') return after;
  const there = written.payment;
  if (there.status !== 'APPROVED') {
    const { status } = there;
    deps.log.error('the gateway has charged a payment that was given back', { ...logFieldsOf(payment), status });
  }
  return there;
}

/** Returns the money of a payment that was not charged. */
async function giveBack(
  deps: WalletDeps,
  payment: PendingPayment,
  status: UnpaidPayment['status'],
  { code, message }: Failure,
): Promise<Payment> {
  const written = await postToWallet(deps, payment.userId, async (found): Promise<Moved | Stale> => {
    const wallet = found ?? (await deps.ledger.read(payment.userId));
    invariant(wallet, 'a wallet is never deleted');
    const at = new Date(deps.now()).toISOString();
    const after = unpaid(payment, status, { code, message }, at);
    const posted = post(wallet, returnEntry(payment, at));
    const tried = await deps.payments.giveBack(after, posted, paymentFailed(deps, after));
    return tried.kind === 'done' ? { kind: 'moved', payment: after } : tried;
  }).catch(undefinedIfContended);
  if (status === 'FAILED') deps.log.warn('a payment failed', { ...logFieldsOf(payment), failure_code: code });
  return written?.payment ?? payment;
}
