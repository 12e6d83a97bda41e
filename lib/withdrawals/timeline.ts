import { type CloudEvent, type Described, eventEntries } from '../events/index.ts';
import { inOrder, leaseEntry, type Timeline } from '../kernel/timeline.ts';
import { callEntries, explainCalls } from '../rail/index.ts';
import type { Past } from '../webhooks/index.ts';
import type { WithdrawalPolicy } from './ports.ts';
import type { Withdrawal } from './withdrawal.ts';

/** What happened to a withdrawal, in the order of time. Pure. */
export function withdrawalTimeline(
  withdrawal: Withdrawal,
  { records, deliveries, areAllRead }: Past,
  { leaseMs }: Pick<WithdrawalPolicy, 'leaseMs'>,
): Timeline {
  const { id, lease, reference, history, attempts, unanswered } = withdrawal;
  const leased = lease ? [leaseEntry(lease, leaseMs, 'it')] : [];
  const explained = explainCalls(reference, history);
  const isRecorded = history !== undefined || (attempts === 0 && !unanswered); // earlier versions stored no calls
  const entries = [...eventEntries(records, describe), ...leased, ...callEntries(explained), ...deliveries];
  return { id, entries: inOrder(entries), complete: areAllRead && explained.calls_omitted === 0 && isRecorded };
}

function describe({ type, data }: CloudEvent): Described {
  const failure = data.failure_code === undefined ? '' : ` with ${data.failure_code}`;
  switch (type) {
    case 'withdrawal.created':
      return { kind: 'created', sentence: 'The withdrawal was stored.' };
    case 'withdrawal.retrying':
      return data.reopened === true
        ? { kind: 'retried', sentence: `A client retried it, as retry ${data.retry}.` }
        : { kind: 'retried', sentence: `An attempt failed${failure}: it is retried, as retry ${data.retry}.` };
    case 'withdrawal.failed':
      return { kind: 'failed', sentence: `The withdrawal failed${failure}.` };
    case 'withdrawal.rejected':
      return { kind: 'rejected', sentence: `The withdrawal was rejected${failure}.` };
    case 'withdrawal.completed':
      return { kind: 'completed', sentence: `The withdrawal is completed, as ${data.tx_hash}.` };
    case 'withdrawal.dead_lettered':
      return {
        kind: 'dead_lettered',
        sentence: `The queue gave up its message, which it had delivered ${data.receives} times.`,
      };
    case 'withdrawal.redriven':
      return { kind: 'redriven', sentence: 'It was sent to the workers again.' };
    default:
      return { kind: 'ended', sentence: `The event ${type} was stored.` };
  }
}
