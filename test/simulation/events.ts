import { handler as appendAudit } from '../../functions/events/append-audit.ts';
import { handler as countEvents } from '../../functions/events/count-events.ts';
import { handler as relayEvents } from '../../functions/events/relay-events.ts';
import { handler as sweepOutbox } from '../../functions/events/sweep-outbox.ts';
import { differencesInEvents } from '../../scripts/verify/events-checks.ts';
import { BEGINNING } from '../support/clock.ts';
import type { SimulatedWorld } from './world.ts';

const TABLES_OF_FACTS = ['PAYOUTS_TABLE', 'SETTLEMENTS_TABLE', 'WALLETS_TABLE', 'WITHDRAWALS_TABLE'] as const;

/** Connects the functions that publish and consume the events of every domain. */
export function setEvents(world: SimulatedWorld): void {
  world.relayWith(relayEvents);
  world.everyMinute('sweepOutbox', sweepOutbox);
  world.queues.consume('metrics', countEvents, { batchSize: 10, atOnce: 2 });
  world.queues.consume('audit', appendAudit, { batchSize: 10 });
}

/** Added to the time at the end, so that no event is young enough to be unpublished. */
const LATER_MS = 20 * 60_000;

/** Events and facts agree. At the end, each event is also published, logged and counted. */
export async function judgeEvents(world: SimulatedWorld, isOver: boolean): Promise<void> {
  const [outbox, audit, metrics] = [
    await world.items('OUTBOX_TABLE'),
    await world.items('AUDIT_TABLE'),
    await world.items('METRICS_TABLE'),
  ];
  const others = [];
  for (const table of TABLES_OF_FACTS) others.push(...(await world.items(table)));
  const now = isOver ? world.schedule.now + LATER_MS : BEGINNING;
  for (const { message } of differencesInEvents({ outbox, audit, metrics, others }, now)) world.find(message);
}
