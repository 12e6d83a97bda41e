import { invariant, undefinedIfContended } from '../kernel/errors.ts';
import { post, postToWallet, type Stale } from '../ledger/index.ts';
import { named, type Outcome } from './charge.ts';
import { captureEntry, returnEntry } from './entries.ts';
import { approved, type Failure, type Payment, type PendingPayment, type UnpaidPayment, unpaid } from './payment.ts';
import { paymentCompleted, paymentFailed } from './payment-events.ts';
import type { Moved, WalletDeps } from './ports.ts';

/** Refusals that say something of the gateway, not of the payment. */
const GATEWAY_FAULTS = new Set(['BANK_API_TIMEOUT', 'RATE_LIMITED']);
const UNREACHABLE: Failure = { code: 'GATEWAY_UNREACHABLE', message: 'The payment gateway could not be reached.' };
/** Once it is certain that the gateway never heard of it. */
export const NEVER_ARRIVED: Failure = { code: 'NEVER_ARRIVED', message: 'The payment never reached the gateway.' };

/**
 * Writes down what has become of a payment: once, whoever else does so at the same time.
 * @returns the payment as it then is: PENDING if the outcome is unknown, or if the wallet was too busy to be given back to
 */
export async function concludePayment(deps: WalletDeps, payment: PendingPayment, outcome: Outcome): Promise<Payment> {
  switch (outcome.kind) {
    case 'charged':
      return approve(deps, payment, outcome.gatewayId);
    case 'refused': {
      const status = GATEWAY_FAULTS.has(outcome.failure.code) ? 'FAILED' : 'DECLINED';
      return giveBack(deps, payment, status, outcome.failure);
    }
    case 'unsent':
      return giveBack(deps, payment, 'FAILED', UNREACHABLE);
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
    deps.log.error('the gateway has charged a payment that was given back', {
      ...named(payment),
      status: there.status,
    });
  }
  return there;
}

/** For the payment that nothing was charged for. */
export async function giveBack(
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
  if (status === 'FAILED') deps.log.warn('a payment failed', { ...named(payment), failure_code: code });
  return written?.payment ?? payment;
}
