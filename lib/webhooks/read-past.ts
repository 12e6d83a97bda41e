import { type AuditLog, type CloudEvent, type EventRecord, positionAt, positionOf } from '../events/index.ts';
import type { TimelineEntry } from '../kernel/timeline.ts';
import type { EventDeliveries } from './ports.ts';
import { deliveryEntries } from './timeline.ts';

/** The events that are read, the oldest first. A chunk of payouts has one for each write that failed some. */
const MOST_EVENTS = 1_000;
/** Clocks of two machines differ by less. */
const CLOCK_SKEW_MS = 60_000;

export type PastDeps = {
  readonly events: Pick<AuditLog, 'recordsOf'>;
  readonly deliveries: EventDeliveries;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** The events of an entity, in their order, and the entries of their deliveries. */
export type Past = {
  readonly records: readonly EventRecord[];
  readonly deliveries: readonly TimelineEntry[];
  readonly areAllRead: boolean;
};

/** @param concerns which events of the subject are wanted, by default all */
export async function readPast(
  { events, deliveries, now }: PastDeps,
  { id, createdAt }: { readonly id: string; readonly createdAt: string },
  concerns: (event: CloudEvent) => boolean = () => true,
): Promise<Past> {
  const range = {
    from: positionAt(Date.parse(createdAt) - CLOCK_SKEW_MS),
    to: positionAt(now() + CLOCK_SKEW_MS),
  };
  const all = await events.recordsOf(id, range, MOST_EVENTS);
  const records = all.filter(({ event }) => concerns(event));
  const keys = records.map(({ event }) => ({ subject: event.subject, position: positionOf(event) }));
  return {
    records,
    deliveries: deliveryEntries(await deliveries.of(keys)),
    areAllRead: all.length < MOST_EVENTS,
  };
}
