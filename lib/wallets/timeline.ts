import { type CloudEvent, type Described, eventEntries } from '../events/index.ts';
import { type Currency, formatMajor } from '../kernel/money.ts';
import { inOrder, type Timeline } from '../kernel/timeline.ts';
import { callEntries, explainCalls } from '../rail/index.ts';
import type { Past } from '../webhooks/index.ts';
import { UNREACHABLE } from './charge-payment.ts';
import { type Payment, referenceOf } from './payment.ts';

/** What happened to a payment, in the order of time. Pure. */
export function paymentTimeline(payment: Payment, { records, deliveries, areAllRead }: Past): Timeline {
  const { id, money, history } = payment;
  const explained = explainCalls(referenceOf(payment), history);
  const entries = [
    ...eventEntries(records, (event) => describe(event, money.currency)),
    ...callEntries(explained),
    ...deliveries,
  ];
  return {
    id,
    entries: inOrder(entries),
    complete: areAllRead && explained.calls_omitted === 0 && isRecorded(payment),
  };
}

/** Calls are stored with the outcome. Earlier versions stored none, and there are none if the gateway could not be reached. */
const isRecorded = (payment: Payment) =>
  payment.history !== undefined || (payment.status === 'FAILED' && payment.failure.code === UNREACHABLE.code);

function describe({ type, data }: CloudEvent, currency: Currency): Described {
  switch (type) {
    case 'payment.created':
      return { kind: 'created', sentence: 'The wallet was debited, and the payment stored.' };
    case 'payment.completed':
      return { kind: 'completed', sentence: `The gateway charged it as ${data.gateway_id}.` };
    case 'payment.failed':
      return {
        kind: 'failed',
        sentence: `The payment failed with ${data.failure_code}, and the wallet has its money back.`,
      };
    case 'refund.created': {
      const refunded = formatMajor({ minor: BigInt(`${data.amount}`), currency });
      return {
        kind: 'returned',
        sentence: `${refunded} ${currency} was refunded to the wallet, as ${data.refund_id}.`,
      };
    }
    default:
      return { kind: 'ended', sentence: `The event ${type} was stored.` };
  }
}
