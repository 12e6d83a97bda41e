import { fullJitter } from '../kernel/backoff.ts';
import type { LookUpAnswer, SendAnswer } from '../rail/index.ts';
import { type Failure, type PendingPayment, referenceOf } from './payment.ts';
import type { WalletDeps } from './ports.ts';

/**
 * - `charged`, `refused`: the gateway's own word.
 * - `unsent`: it never heard of the payment, for certain.
 * - `unknown`: it may have charged, or may yet.
 */
export type Outcome =
  | { readonly kind: 'charged'; readonly gatewayId: string }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'unknown' };

/**
 * Has the gateway charge a payment, within the time that the payment says it is worked on.
 *
 * After a 5xx or a broken connection the gateway is asked about the reference, and sent the same again only if it has never
 * seen it: a gateway that does not recognise a repetition would charge twice. After a time-out "never seen" proves
 * nothing, since the call may still be on its way, and it is not sent again. A refusal is final.
 */
export async function charge(deps: WalletDeps, payment: PendingPayment): Promise<Outcome> {
  const { gateway, policy } = deps;
  const reference = referenceOf(payment);
  const mayCall = () => deps.now() + gateway.deadlineMs <= payment.workedOnUntil;
  const begunAt = deps.now();
  let isOut: 'no' | 'failed' | 'timed_out' = 'no';
  let mustAsk = false;
  for (let round = 1; ; round += 1) {
    if (!mayCall()) return { kind: isOut === 'no' ? 'unsent' : 'unknown' };
    const answer: LookUpAnswer | SendAnswer = mustAsk
      ? await gateway.lookUp(reference)
      : await gateway.send(instructionOf(payment), async () => mayCall());
    if (answer.kind === 'paid') return { kind: 'charged', gatewayId: answer.bankId };
    if (answer.kind === 'refused') return { kind: 'refused', failure: answer.failure };
    if (answer.kind === 'unanswered') {
      isOut = isOut === 'timed_out' ? isOut : answer.cause;
      mustAsk = true;
      deps.log.warn('the gateway did not answer', {
        ...named(payment),
        cause: answer.cause,
        round,
        latency_ms: deps.now() - begunAt,
      });
      if (answer.cause === 'timed_out') continue; // asked at once: it has had its time
    } else if (answer.kind === 'not_found') {
      if (isOut === 'timed_out') return { kind: 'unknown' };
      mustAsk = false;
    }
    const pause = fullJitter(policy.gatewayBackoff, round, deps.random);
    if (deps.now() + pause + gateway.deadlineMs > payment.workedOnUntil) {
      return { kind: isOut === 'no' ? 'unsent' : 'unknown' };
    }
    await deps.sleep(pause);
  }
}

function instructionOf(payment: PendingPayment) {
  const { id, money, providerId, externalReference } = payment;
  return {
    reference: referenceOf(payment),
    instruction: id,
    money,
    destination: { provider_id: providerId, external_reference: externalReference },
  };
}

/** What log lines call a payment. */
export function named({ id, userId, providerId, externalReference, money }: PendingPayment) {
  return {
    payment_id: id,
    user_id: userId,
    provider_id: providerId,
    external_reference: externalReference,
    amount: money.minor,
    currency: money.currency,
  };
}
