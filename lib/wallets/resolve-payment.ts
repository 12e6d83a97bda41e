import { concludePayment, giveBack, NEVER_ARRIVED } from './conclude-payment.ts';
import { type Payment, referenceOf } from './payment.ts';
import type { WalletDeps } from './ports.ts';

/**
 * Asks the gateway what has become of a payment that no request works on any more, and concludes it. Any number may do so at
 * the same time: asking has no effect, and the conclusion is written once.
 * @returns the payment as it then is: PENDING if the gateway does not say
 */
export async function resolvePayment(deps: WalletDeps, payment: Payment): Promise<Payment> {
  if (payment.status !== 'PENDING' || deps.now() < payment.workedOnUntil) return payment;
  const askedAt = deps.now();
  const answer = await deps.gateway.lookUp(referenceOf(payment));
  switch (answer.kind) {
    case 'paid':
      return concludePayment(deps, payment, { kind: 'charged', gatewayId: answer.bankId });
    case 'refused':
      return concludePayment(deps, payment, { kind: 'refused', failure: answer.failure });
    case 'not_found':
      // A call that was sent in time may still be on its way for a while.
      if (askedAt < payment.workedOnUntil + deps.policy.lateCallMs) return payment;
      return giveBack(deps, payment, 'FAILED', NEVER_ARRIVED);
    case 'in_process':
    case 'no_answer':
      return payment;
  }
}
