import { z } from 'zod';
import { timeText } from './explanation.ts';
import { orNull, time } from './fields.ts';

/** Until when (epoch milliseconds) which worker has it. */
type Lease = { readonly owner: string; readonly until: number };

/** What can happen to something, in the order of a usual life. */
export const TIMELINE_KINDS = [
  'created',
  'approved',
  'rejected',
  'scheduled',
  'started',
  'leased',
  'sent',
  'looked_up',
  'look_up_requested',
  'dead_lettered',
  'redriven',
  'stopped',
  'cancel_requested',
  'retried',
  'completed',
  'failed',
  'cancelled',
  'returned',
  'ended',
  'published',
  'delivered',
  'delivery_failed',
] as const;

const entry = z
  .object({
    at: time(),
    kind: z.enum(TIMELINE_KINDS),
    reference: orNull(z.string()).meta({ description: 'The name under which the rail knows the attempt.' }),
    principal: orNull(z.object({ id: z.string(), name: z.string() })).meta({
      description: 'The key that caused it. `null`: the service itself, or it is not recorded.',
    }),
    sentence: z.string(),
  })
  .meta({ id: 'TimelineEntry' });

/** What happened to something, in the order of time. */
export const timelineAnswer = z
  .object({
    id: z.string(),
    entries: z.array(entry),
    complete: z.boolean().meta({ description: '`false`: there are more entries than are recorded or read.' }),
  })
  .meta({ id: 'Timeline' });

export type Timeline = z.output<typeof timelineAnswer>;
export type TimelineEntry = z.output<typeof entry>;

/** An entry that no key caused and that has no reference. */
export const entryOf = (at: string, kind: TimelineEntry['kind'], sentence: string): TimelineEntry => ({
  ...{ at, kind, reference: null, principal: null, sentence },
});

/** The current lease. Its start is not stored: it follows from its length. @param what such as `chunk 3` */
export const leaseEntry = (lease: Lease, leaseMs: number, what: string): TimelineEntry => {
  const sentence = `The worker ${lease.owner} leased ${what} until ${timeText(lease.until)}.`;
  return entryOf(timeText(lease.until - leaseMs), 'leased', sentence);
};

/** Entries of the same time stay in their order. */
export const inOrder = (entries: readonly TimelineEntry[]): TimelineEntry[] =>
  [...entries].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
