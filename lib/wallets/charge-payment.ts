import { fullJitter } from '../kernel/backoff.ts';
import { invariant, undefinedIfContended } from '../kernel/errors.ts';
import { post, postToWallet, type Wallet } from '../ledger/index.ts';
import {
  type Attempt,
  type AttemptOutcome,
  afterLookUp,
  executeAttempt,
  isLeased,
  type Lease,
  lastsFor,
  listingCalls,
} from '../rail/index.ts';
import { returnEntry } from './entries.ts';
import {
  approved,
  type Failure,
  logFieldsOf,
  type Payment,
  type PendingPayment,
  referenceOf,
  type UnpaidPayment,
  unpaid,
  withCalls,
} from './payment.ts';
import { paymentCompleted, paymentFailed } from './payment-events.ts';
import type { Moved, WalletDeps } from './ports.ts';

/** A refusal is final: a payment is never tried again under another reference. */
const MAX_ATTEMPTS = 1;

/** The attempt of a payment is stored as the payment itself: one reference for ever, used up by any answer. */
function attemptOf(payment: Payment): Attempt {
  return { reference: referenceOf(payment), attempts: 0, unanswered: false };
}

/** The request of a payment has it until no call of that request can arrive any more. */
function leaseOf({ policy }: WalletDeps, { id, workedOnUntil }: Payment): Lease {
  return { owner: id, until: workedOnUntil + policy.lateCallMs };
}

/**
 * Has the gateway charge a payment, within the time in which its request works on it.
 *
 * After a 5xx or a broken connection it looks the reference up, and sends it again only if the gateway has no record of it.
 * After a time-out the call may still arrive, so `not_found` proves nothing and the reference is not sent again.
 * @returns the payment with its calls, and the outcome; `unchanged` with nothing unanswered: no call went out
 */
export async function charge(
  deps: WalletDeps,
  begun: PendingPayment,
): Promise<{ readonly payment: PendingPayment; readonly outcome: AttemptOutcome }> {
  const { gateway, policy } = deps;
  const rail = { ...deps, rail: gateway };
  let payment = begun;
  const lease = leaseOf(deps, payment);
  const { id: instruction, money, providerId, externalReference } = payment;
  const destination = { provider_id: providerId, external_reference: externalReference };
  const begunAt = deps.now();
  let attempt = attemptOf(payment);
  let mayStillArrive = false;
  for (let round = 1; ; round += 1) {
    const outcome = await executeAttempt(rail, {
      attempt,
      instruction: { instruction, money, destination },
      createdAt: payment.createdAt,
      lease,
      ...{ maxAttempts: MAX_ATTEMPTS, hasOneReference: true },
      ...{ isUnknown: false, mayStillArrive, previousLeaseAbandoned: false },
      mayStillSend: async () => true,
    });
    attempt = outcome.attempt;
    const { sent, lookedUp, calls = [] } = outcome;
    payment = withCalls(payment, calls, deps.now());
    if (sent?.kind === 'unanswered') {
      mayStillArrive ||= sent.cause === 'timed_out';
      const how = { cause: sent.cause, round, latency_ms: deps.now() - begunAt };
      deps.log.warn('the gateway did not answer', { ...logFieldsOf(payment), ...how });
    }
    const isDone = outcome.kind === 'paid' || outcome.kind === 'failed';
    if (isDone || (mayStillArrive && lookedUp?.kind === 'not_found')) return { payment, outcome };
    const pause = fullJitter(policy.gatewayBackoff, round, deps.random);
    if (!lastsFor(rail, lease, pause)) return { payment, outcome };
    await deps.sleep(pause);
  }
}

/** Refusals whose cause is the gateway, not the payment. */
const GATEWAY_FAULTS = new Set(['BANK_API_TIMEOUT', 'RATE_LIMITED']);
export const UNREACHABLE: Failure = {
  code: 'GATEWAY_UNREACHABLE',
  message: 'The payment gateway could not be reached.',
};
const NEVER_ARRIVED: Failure = { code: 'NEVER_ARRIVED', message: 'The payment never reached the gateway.' };

/**
 * Looks up the outcome of a payment that no request works on any more, and concludes it; it never sends. Several may do so
 * at the same time: a look-up has no effect, and the conclusion is written once.
 * @returns the stored payment: PENDING if its outcome is still unknown
 */
export async function resolvePayment(deps: WalletDeps, payment: Payment): Promise<Payment> {
  if (payment.status !== 'PENDING' || deps.now() < payment.workedOnUntil) return payment;
  const mayStillArrive = isLeased({ lease: leaseOf(deps, payment) }, deps.now());
  const { rail, calls } = listingCalls(deps.gateway);
  const lookedUp = await rail.lookUp(referenceOf(payment));
  const rules = { maxAttempts: MAX_ATTEMPTS, isUnknown: false, mayStillArrive };
  const outcome = afterLookUp(attemptOf(payment), lookedUp, rules);
  return concludePayment(deps, withCalls(payment, calls, deps.now()), outcome, NEVER_ARRIVED);
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
  const written = await deps.payments.approve(after, paymentCompleted(deps, after));
  if (written.kind === 'done') return after;
  const stored = written.payment;
  if (stored.status !== 'APPROVED') {
    const { status } = stored;
    deps.log.error('the gateway has charged a payment that was given back', { ...logFieldsOf(payment), status });
  }
  return stored;
}

/** Returns the money of a payment that was not charged. */
async function giveBack(
  deps: WalletDeps,
  payment: PendingPayment,
  status: UnpaidPayment['status'],
  { code, message }: Failure,
): Promise<Payment> {
  const written = await postToWallet<Moved>(deps, payment.userId, async () => {
    const wallet = await deps.ledger.read(payment.userId);
    invariant(wallet, 'a wallet is never deleted');
    const at = new Date(deps.now()).toISOString();
    const after = unpaid(payment, status, { code, message }, at);
    const companion = deps.payments.toGiveBack(after, paymentFailed(deps, after), payment.reservation);
    const propose = (current: Wallet) => {
      const posted = post(current, returnEntry(payment, at));
      return { posted, companion, result: { kind: 'moved', payment: after } as const };
    };
    return { wallet, propose };
  }).catch(undefinedIfContended);
  if (status === 'FAILED') deps.log.warn('a payment failed', { ...logFieldsOf(payment), failure_code: code });
  return written?.payment ?? payment;
}
