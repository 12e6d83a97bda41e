import { handler as appendAudit } from '../../functions/events/append-audit.ts';
import { handler as countEvents } from '../../functions/events/count-events.ts';
import { handler as relayEvents } from '../../functions/events/relay-events.ts';
import { handler as sweepOutbox } from '../../functions/events/sweep-outbox.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { eventOfItem } from '../../lib/events/items.ts';
import type { SimulatedWorld } from './world.ts';

/** What happens to the events of every domain, by the queues that they are for. */
export function setEvents(world: SimulatedWorld): void {
  world.relayWith(relayEvents);
  world.everyMinute('sweepOutbox', sweepOutbox);
  world.consume('metrics', countEvents, { batchSize: 10, atOnce: 2 });
  world.consume('audit', appendAudit, { batchSize: 10 });
}

/** Once all is over, each event was published, logged once and counted once. */
export async function judgeEventsGone(world: SimulatedWorld): Promise<void> {
  const outbox = await world.items('OUTBOX_TABLE');
  for (const { pk, gsi1pk } of outbox) if (gsi1pk !== undefined) world.find(`${pk} was never published`);
  const events = outbox.map(eventOfItem);
  const of = (pattern: RegExp) => events.filter(({ type }) => pattern.test(type));
  const logged = (await world.items('AUDIT_TABLE')).map(({ event }) => (JSON.parse(String(event)) as DomainEvent).id);
  const wanted = of(/^(payment|refund|withdrawal)\./).map(({ id }) => id);
  compare(world, 'audit log', wanted, logged);
  const metrics = await world.items('METRICS_TABLE');
  const counted = metrics
    .filter(({ pk }) => String(pk).startsWith('SEEN#'))
    .map(({ pk }) => String(pk).slice('SEEN#'.length));
  compare(
    world,
    'counted events',
    of(/^(payment|withdrawal)\./).map(({ id }) => id),
    counted,
  );
  for (const { sk, total } of metrics.filter(({ pk }) => pk === 'COUNTERS')) {
    const [family, outcome, of_] = JSON.parse(String(sk)) as string[];
    if (family !== 'payments' && family !== 'withdrawals') continue;
    const matching = events.filter(({ type, data }) =>
      outcome === 'reopened'
        ? type === 'withdrawal.retrying' && data.reopened === true && data.asset === of_
        : type === `${family.slice(0, -1)}.${outcome}` && (data.currency ?? data.asset) === of_,
    );
    if (Number(total) !== matching.length)
      world.find(`${sk} is ${total}, and there are ${matching.length} such events`);
  }
}

function compare(world: SimulatedWorld, what: string, wanted: readonly string[], found: readonly string[]): void {
  if (new Set(found).size !== found.length) world.find(`${what}: something is there twice`);
  for (const id of new Set(wanted).difference(new Set(found))) world.find(`${what}: ${id} is missing`);
  for (const id of new Set(found).difference(new Set(wanted))) world.find(`${what}: ${id} never happened`);
}
