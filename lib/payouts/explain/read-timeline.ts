import { type AuditLog, positionAt, positionOf } from '../../events/index.ts';
import { orNotFound } from '../../kernel/errors.ts';
import type { Timeline } from '../../kernel/timeline.ts';
import { deliveryEntries, type EventDeliveries } from '../../webhooks/index.ts';
import { parsePayoutId } from '../ids.ts';
import type { PayoutDeps } from '../ports.ts';
import { concerns, payoutTimeline } from './timeline.ts';

/** The events of a batch that are read, the oldest first. A chunk has an event for each write that failed payouts. */
const MOST_EVENTS = 1_000;

export type TimelineDeps = Pick<PayoutDeps, 'batches' | 'chunks' | 'policy' | 'now'> & {
  readonly events: Pick<AuditLog, 'recordsOf'>;
  readonly deliveries: EventDeliveries;
};

/** @throws AppError NOT_FOUND */
export async function readPayoutTimeline(deps: TimelineDeps, id: string): Promise<Timeline> {
  const place = parsePayoutId(id);
  const found = orNotFound(place && (await deps.chunks.readPayout(place)), 'There is no such payout.');
  const { payout, chunk } = found;
  const batch = orNotFound(await deps.batches.read(chunk.batchId), 'There is no such payout.');
  // An event may be a moment before the header, by the clock of another machine.
  const range = { from: positionAt(Date.parse(batch.createdAt) - 60_000), to: positionAt(deps.now() + 60_000) };
  const all = await deps.events.recordsOf(batch.id, range, MOST_EVENTS);
  const records = all.filter(({ event }) => concerns(payout, chunk, event));
  const keys = records.map(({ event }) => ({ subject: event.subject, position: positionOf(event) }));
  const deliveries = deliveryEntries(await deps.deliveries.of(keys));
  const areAllRead = all.length < MOST_EVENTS;
  return payoutTimeline({ payout, chunk, records, deliveries, areAllRead, policy: deps.policy });
}
