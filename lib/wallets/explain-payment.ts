import { type Explanation, type PossibleAction, postOf, timeText, type UsedReference } from '../kernel/explanation.ts';
import { formatMajor } from '../kernel/money.ts';
import { explainCalls } from '../rail/index.ts';
import { type Payment, referenceOf, refundedOf } from './payment.ts';
import { MAX_REFUNDS } from './refund-payment.ts';

/** Why a payment has its status, and what happens next. Pure. @param now epoch milliseconds */
export function explainPayment(payment: Payment, now: number): Explanation {
  const { id, status, money, userId, providerId } = payment;
  const isWorkedOn = status === 'PENDING' && now < payment.workedOnUntil;
  const until = timeText(payment.workedOnUntil);
  const amount = `${formatMajor(money)} ${money.currency}`;
  return {
    kind: 'payment',
    id,
    status,
    why: [`It pays ${amount} from the wallet of ${userId} to the provider ${providerId}.`, ...statusText(payment, now)],
    references: [{ reference: referenceOf(payment), ...referenceState(payment, isWorkedOn) }],
    ...explainCalls(referenceOf(payment), payment.history),
    lease: isWorkedOn ? { holder: id, until, sentence: `The request that made it works on it until ${until}.` } : null,
    next: nextOf(payment, isWorkedOn),
    actions: refundOf(payment),
  };
}

function statusText(payment: Payment, now: number): string[] {
  const { updatedAt } = payment;
  switch (payment.status) {
    case 'PENDING':
      return [
        'The wallet was debited, and the gateway may have charged the payment.',
        ...(now < payment.workedOnUntil ? [] : ['Its request ended without an outcome.']),
      ];
    case 'APPROVED': {
      const refunded = { ...payment.money, minor: refundedOf(payment) };
      return [
        `The gateway charged it as ${payment.gatewayId}.`,
        ...(refunded.minor > 0n ? [`Refunded: ${formatMajor(refunded)} ${refunded.currency}.`] : []),
      ];
    }
    case 'DECLINED':
      return [`The gateway declined it: ${failureText(payment)}`, `The wallet has its money back since ${updatedAt}.`];
    case 'FAILED':
      return [
        `It was not charged, because of the gateway or the network: ${failureText(payment)}`,
        `The wallet has its money back since ${updatedAt}.`,
      ];
  }
}

type Unpaid = Extract<Payment, { status: 'DECLINED' | 'FAILED' }>;
const failureText = ({ failure: { code, message } }: Unpaid) => `${code}. ${message}`.trim().replace(/[^.!?]$/, '$&.');

/** The refusals of this service itself, without an answer of the gateway. */
const WITHOUT_ANSWER = new Set(['NEVER_ARRIVED', 'GATEWAY_UNREACHABLE']);

function referenceState(payment: Payment, isWorkedOn: boolean): Omit<UsedReference, 'reference'> {
  const reference = referenceOf(payment);
  switch (payment.status) {
    case 'PENDING':
      return isWorkedOn
        ? { state: 'may_be_out', sentence: `A call under ${reference} may be out.` }
        : { state: 'unanswered', sentence: `A call under ${reference} has no known outcome. It is never sent again.` };
    case 'APPROVED':
      return { state: 'paid', sentence: `The gateway charged ${reference}.` };
    case 'DECLINED':
    case 'FAILED':
      return WITHOUT_ANSWER.has(payment.failure.code)
        ? { state: 'not_found', sentence: `No call under ${reference} reached the gateway.` }
        : { state: 'refused', sentence: `The gateway refused ${reference}. It is never sent again.` };
  }
}

function nextOf({ status, workedOnUntil }: Payment, isWorkedOn: boolean): Explanation['next'] {
  if (status !== 'PENDING') return null;
  const recovery = 'recovery looks it up every minute until the gateway gives the outcome';
  if (!isWorkedOn) return { at: null, sentence: `${recovery.charAt(0).toUpperCase()}${recovery.slice(1)}.` };
  const until = timeText(workedOnUntil);
  return { at: until, sentence: `The request stores the outcome by ${until}; after that ${recovery}.` };
}

function refundOf(payment: Payment): PossibleAction[] {
  if (payment.status !== 'APPROVED' || payment.refunds.length >= MAX_REFUNDS) return [];
  const left = { ...payment.money, minor: payment.money.minor - refundedOf(payment) };
  if (left.minor === 0n) return [];
  const sentence = `Refund it, or a part of what is left: ${formatMajor(left)} ${left.currency}.`;
  return [postOf('refundPayment', `/payments/${payment.id}/refund`, 'wallets:write', sentence)];
}
