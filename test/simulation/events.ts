import { handler as relayEvents } from '../../functions/events/relay-events.ts';
import { handler as sweepOutbox } from '../../functions/events/sweep-outbox.ts';
import { cloudEvent } from '../../lib/events/cloud-event.ts';
import { eventOfItem } from '../../lib/events/items.ts';
import { differencesInEvents } from '../../scripts/verify/events-checks.ts';
import { BEGINNING } from '../support/clock.ts';
import type { SimulatedWorld } from './world.ts';

const TABLES_OF_FACTS = [
  'ACCESS_TABLE',
  'PAYOUTS_TABLE',
  'SETTLEMENTS_TABLE',
  'SYSTEM_TABLE',
  'ORDERS_TABLE',
  'WALLETS_TABLE',
  'WEBHOOKS_TABLE',
  'WITHDRAWALS_TABLE',
] as const;

/** Connects the functions that publish the events of every domain. */
/** @param hasNothingToSweep knows that no event waits */
export function setEvents(world: SimulatedWorld, hasNothingToSweep?: () => boolean): void {
  world.relayWith(relayEvents);
  world.everyMinute('sweepOutbox', sweepOutbox, hasNothingToSweep);
}

/** Added to the time at the end, so that no event is young enough to be unpublished. */
const LATER_MS = 20 * 60_000;

/**
 * Events, facts, counters and what subscribers have received agree. At the end each event is also marked as published.
 */
export async function judgeEvents(world: SimulatedWorld, isOver: boolean): Promise<void> {
  const events = await world.items('EVENTS_TABLE');
  const others = [];
  for (const table of TABLES_OF_FACTS) others.push(...(await world.items(table)));
  const now = isOver ? world.schedule.now + LATER_MS : BEGINNING;
  for (const { message } of differencesInEvents({ events, others }, now, true)) world.find(message);
  for (const item of events.filter(({ published_at }) => published_at !== undefined)) {
    const event = cloudEvent(eventOfItem(item));
    if (world.published.get(event.id) !== JSON.stringify(event)) world.find(`${event.id} is marked, but not published`);
  }
}
