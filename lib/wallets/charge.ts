import { fullJitter } from '../kernel/backoff.ts';
import { type Attempt, type AttemptOutcome, executeAttempt, type Lease, lastsFor } from '../rail/index.ts';
import { logFieldsOf, type Payment, type PendingPayment, referenceOf } from './payment.ts';
import type { WalletDeps } from './ports.ts';

/** A refusal is final: a payment is never tried again under another reference. */
export const MAX_ATTEMPTS = 1;

/** The attempt of a payment is stored as the payment itself: one reference for ever, used up by any answer. */
export function attemptOf(payment: Payment): Attempt {
  return { reference: referenceOf(payment), attempts: 0, unanswered: false };
}

/** The request of a payment has it until no call of that request can arrive any more. */
export function leaseOf({ policy }: WalletDeps, { id, workedOnUntil }: Payment): Lease {
  return { owner: id, until: workedOnUntil + policy.lateCallMs };
}

/**
 * Has the gateway charge a payment, within the time in which its request works on it.
 *
 * After a 5xx or a broken connection it looks the reference up, and sends it again only if the gateway has no record of it.
 * After a time-out the call may still arrive, so `not_found` proves nothing and the reference is not sent again.
 * @returns `unchanged` with nothing unanswered: no call went out
 */
export async function charge(deps: WalletDeps, payment: PendingPayment): Promise<AttemptOutcome> {
  const { gateway, policy } = deps;
  const rail = { ...deps, rail: gateway };
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
      lease,
      ...{ maxAttempts: MAX_ATTEMPTS, isUnknown: false, mayStillArrive, previousLeaseAbandoned: false },
      mayStillSend: async () => true,
    });
    attempt = outcome.attempt;
    const { sent, lookedUp } = outcome;
    if (sent?.kind === 'unanswered') {
      mayStillArrive ||= sent.cause === 'timed_out';
      const how = { cause: sent.cause, round, latency_ms: deps.now() - begunAt };
      deps.log.warn('the gateway did not answer', { ...logFieldsOf(payment), ...how });
    }
    const isDone = outcome.kind === 'paid' || outcome.kind === 'failed';
    if (isDone || (mayStillArrive && lookedUp?.kind === 'not_found')) return outcome;
    const pause = fullJitter(policy.gatewayBackoff, round, deps.random);
    if (!lastsFor(rail, lease, pause)) return outcome;
    await deps.sleep(pause);
  }
}
