import { handler as appendAudit } from '../../functions/events/append-audit.ts';
import { handler as countEvents } from '../../functions/events/count-events.ts';
import { handler as relayEvents } from '../../functions/events/relay-events.ts';
import { handler as sweepOutbox } from '../../functions/events/sweep-outbox.ts';
import { differencesInEvents } from '../../scripts/verify/events-checks.ts';
import { BEGINNING } from '../support/clock.ts';
import type { SimulatedWorld } from './world.ts';

const WHERE_FACTS_LIE = ['PAYOUTS_TABLE', 'SETTLEMENTS_TABLE', 'WALLETS_TABLE', 'WITHDRAWALS_TABLE'] as const;

/** What happens to the events of every domain, by the queues that they are for. */
export function setEvents(world: SimulatedWorld): void {
  world.relayWith(relayEvents);
  world.everyMinute('sweepOutbox', sweepOutbox);
  world.queues.consume('metrics', countEvents, { batchSize: 10, atOnce: 2 });
  world.queues.consume('audit', appendAudit, { batchSize: 10 });
}

/** Between the end of what goes wrong and the end of all that follows from it. */
const LATER_MS = 20 * 60_000;

/** What was told has happened, and what has happened was told; once all is over, it was published, logged and counted, too. */
export async function judgeEvents(world: SimulatedWorld, isOver: boolean): Promise<void> {
  const [outbox, audit, metrics] = [
    await world.items('OUTBOX_TABLE'),
    await world.items('AUDIT_TABLE'),
    await world.items('METRICS_TABLE'),
  ];
  const others = [];
  for (const table of WHERE_FACTS_LIE) others.push(...(await world.items(table)));
  const now = isOver ? world.schedule.now + LATER_MS : BEGINNING;
  for (const { message } of differencesInEvents({ outbox, audit, metrics, others }, now)) world.find(message);
}
