import { type CloudEvent, type Described, eventEntries } from '../events/index.ts';
import { type Currency, formatMajor } from '../kernel/money.ts';
import { inOrder, type Timeline } from '../kernel/timeline.ts';
import type { Past } from '../webhooks/index.ts';
import type { Payment } from './payment.ts';

/** What happened to a payment, in the order of time. Pure. */
export function paymentTimeline({ id, money }: Payment, { records, deliveries, areAllRead }: Past): Timeline {
  const entries = [...eventEntries(records, (event) => describe(event, money.currency)), ...deliveries];
  return { id, entries: inOrder(entries), complete: areAllRead };
}

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
