import {
  type CloudEvent,
  type Described,
  type EventDataOf,
  type EventRecord,
  type EventType,
  eventEntries,
} from '../../events/index.ts';
import { entryOf, inOrder, leaseEntry, type Timeline, type TimelineEntry } from '../../kernel/timeline.ts';
import { callEntries, explainCalls } from '../../rail/index.ts';
import type { Chunk } from '../chunk.ts';
import type { Payout } from '../payout.ts';
import type { PayoutPolicy } from '../ports.ts';

/** What is stored of a payout's past. `deliveries`: the entries of the webhooks. */
export type PayoutPast = {
  readonly payout: Payout;
  readonly chunk: Chunk;
  /** Events that concern it, in their order. */
  readonly records: readonly EventRecord[];
  readonly deliveries: readonly TimelineEntry[];
  /** Whether all events of its batch were read. */
  readonly areAllRead: boolean;
  readonly policy: Pick<PayoutPolicy, 'leaseMs'>;
};

/** What happened to a payout, in the order of time. Pure. */
export function payoutTimeline({ payout, chunk, records, deliveries, areAllRead, policy }: PayoutPast): Timeline {
  const explained = explainCalls(payout.reference, payout.history);
  const entries = [
    ...eventEntries(records, (event) => describe(event, payout)),
    ...(chunk.lease ? [leaseEntry(chunk.lease, policy.leaseMs, `chunk ${chunk.number}`)] : []),
    ...callEntries(explained),
    ...endEntries(payout),
    ...deliveries,
  ];
  return {
    id: payout.id,
    entries: inOrder(entries),
    complete: areAllRead && explained.calls_omitted === 0 && isRecorded(payout),
  };
}

/** Payouts that earlier versions sent have no history, and those with a long instruction may lack room for it. */
const isRecorded = ({ history, attempts, unanswered }: Payout) =>
  history !== undefined || (attempts === 0 && !unanswered);

/** A completed payout has no event of its own. */
function endEntries(payout: Payout): TimelineEntry[] {
  if (payout.status === 'completed')
    return [entryOf(payout.updatedAt, 'completed', `The payout is completed: the rail calls it ${payout.bankId}.`)];
  if (payout.status !== 'returned') return [];
  const { code, at } = payout.returned;
  return [entryOf(at, 'returned', `The rail gave the money back with ${code}.`)];
}

/** The events of a batch that concern each of its payouts. */
const OF_ALL = {
  'batch.created': 'created',
  'batch.approved': 'approved',
  'batch.rejected': 'rejected',
  'batch.scheduled': 'scheduled',
  'batch.rescheduled': 'scheduled',
  'batch.started': 'started',
  'batch.stop_requested': 'stopped',
  'batch.stopped': 'stopped',
  'batch.cancel_requested': 'cancel_requested',
  'batch.retried': 'retried',
  'batch.completed': 'ended',
} as const satisfies Partial<Record<EventType, Described['kind']>>;
const OF_ITS_CHUNK = {
  'batch.dead_lettered': 'dead_lettered',
  'batch.redriven': 'redriven',
} as const satisfies Partial<Record<EventType, Described['kind']>>;
const OF_SOME = {
  'payout.failed': 'failed',
  'payout.cancelled': 'cancelled',
  'payout.returned': 'returned',
} as const satisfies Partial<Record<EventType, Described['kind']>>;
const KINDS: Readonly<Record<string, Described['kind']>> = {
  ...OF_ALL,
  ...OF_ITS_CHUNK,
  ...OF_SOME,
  'payout.cancel_requested': 'cancel_requested',
  'payout.look_up_requested': 'look_up_requested',
};

/** Whether an event of the batch concerns this payout. */
export function concerns({ id }: Payout, { number }: Chunk, { type, data }: CloudEvent): boolean {
  if (type in OF_ALL) return true;
  if (type in OF_ITS_CHUNK) return data.chunk === number;
  if (type === 'payout.cancel_requested' || type === 'payout.look_up_requested') return data.payout_id === id;
  return type in OF_SOME && (data as EventDataOf<'payout.failed'>).payouts.some((one) => one.payout_id === id);
}

function describe({ type, data, subject }: CloudEvent, { id }: Payout): Described {
  const kind = KINDS[type] ?? 'ended';
  if (type !== 'payout.failed') return { kind, sentence: sentenceOf(type, data, subject) };
  const own = (data as EventDataOf<'payout.failed'>).payouts.find((one) => one.payout_id === id);
  return { kind, sentence: `The payout failed with ${own?.code ?? 'no code'}.` };
}

function sentenceOf(type: EventType, data: CloudEvent['data'], subject: string): string {
  switch (type) {
    case 'batch.created':
      return `Batch ${subject} was stored, with ${data.total_count} payouts.`;
    case 'batch.approved':
      return `Batch ${subject} was approved.`;
    case 'batch.rejected':
      return `Batch ${subject} was rejected: ${data.reason}.`;
    case 'batch.scheduled':
      return `Batch ${subject} was scheduled for ${data.start_at}.`;
    case 'batch.rescheduled':
      return `Batch ${subject} was moved from ${data.previous_start_at} to ${data.start_at}.`;
    case 'batch.started':
      return `Batch ${subject} was started, with run ${data.run}.`;
    case 'batch.stop_requested':
      return `A stop of batch ${subject} was asked for.`;
    case 'batch.stopped':
      return `Batch ${subject} was stopped.`;
    case 'batch.cancel_requested':
      return `The cancellation of batch ${subject} was asked for: "${data.reason}".`;
    case 'batch.retried':
      return `The failures of batch ${subject}${data.codes ? ` with ${data.codes}` : ''} were opened again, with run ${data.run}.`;
    case 'batch.completed':
      return `Batch ${subject} ended: ${data.status}.`;
    case 'batch.dead_lettered':
      return `The queue gave up the message of chunk ${data.chunk}, which it had delivered ${data.receives} times.`;
    case 'batch.redriven':
      return `Chunk ${data.chunk} was sent to the workers again.`;
    case 'payout.cancel_requested':
      return `The cancellation of this payout was asked for: "${data.reason}".`;
    case 'payout.look_up_requested':
      return 'An earlier look-up of this payout was asked for.';
    case 'payout.cancelled':
      return 'The payout was cancelled.';
    case 'payout.returned':
      return 'The return of the money was stored.';
    default:
      return `The event ${type} was stored.`;
  }
}
