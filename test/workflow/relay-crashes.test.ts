import { describe, expect, it } from 'vitest';
import { documentClient, snsClient } from '../../lib/aws/clients.ts';
import { relayDeps } from '../../lib/dependencies.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import type { RelayDeps } from '../../lib/events/ports.ts';
import { relayEvents } from '../../lib/events/relay-events.ts';
import { sweepOutbox } from '../../lib/events/sweep-outbox.ts';
import { CrashPlan, MOMENTS, Process } from '../support/crash.ts';
import { EventsStack, type EventsWorld, paymentEvent } from '../support/events-world.ts';
import { recoverAll } from '../support/recovery.ts';
import { between } from '../support/world-faults.ts';

const stack = await EventsStack.given();

const STORIES: Record<string, (deps: RelayDeps, events: readonly DomainEvent[]) => Promise<unknown>> = {
  'the relay of 27 events': relayEvents,
  'a sweep of 27 events': (deps) => recoverAll(sweepOutbox, deps),
};

/** A process each of whose requests to AWS is an await. */
function container(world: EventsWorld, plan: CrashPlan): Process<RelayDeps> {
  const policy = { ...world.relay.policy, pageSize: 4 };
  const special = (_deps: RelayDeps, process: Process<RelayDeps>): Partial<RelayDeps> => {
    const mortal = <Client>(client: Client) => between(client, (command, pass) => process.await(command, pass));
    const { outbox, topic } = relayDeps(world.settings, {
      dynamo: mortal(documentClient()),
      topics: mortal(snsClient()),
    });
    return { outbox, topic };
  };
  return new Process({ ...world.relay, policy }, 'relay', [plan], { special });
}

/** Its process dies as planned; a minute later there is a sweep. */
async function play(story: string, plan: CrashPlan) {
  const world = await stack.newWorld();
  const events = Array.from({ length: 27 }, (_, index) => paymentEvent({ id: `payment.completed:pay_${index}` }));
  await world.appendToOutbox(...events);
  world.now += 40_000;
  plan.arm();
  const run = await container(world, plan).run((deps) => STORIES[story]?.(deps, events) ?? Promise.reject());
  world.now += 60_000;
  const { done } = await recoverAll(sweepOutbox, world.relay);
  return {
    world,
    run,
    published: done.published ?? 0,
    events: new Set(events.map(({ id }) => id)),
    received: await world.received('metrics'),
  };
}

for (const story of Object.keys(STORIES)) {
  const undisturbed = new CrashPlan();
  const first = await play(story, undisturbed);

  it(`${story} publishes each once when nobody dies`, () => {
    expect(first.published).toBe(0);
    expect(first.received).toHaveLength(27);
    expect(new Set(first.received.map(({ id }) => id))).toEqual(first.events);
  });

  const deaths = undisturbed.awaits.flatMap((name) => MOMENTS.map((moment) => ({ name, moment })));
  describe.concurrent(`${story}: its process dies, and each is published all the same`, () => {
    it.for(deaths)('$moment "$name"', async ({ name, moment }) => {
      const plan = new CrashPlan(name, moment);
      const { world, run, events, received } = await play(story, plan);
      expect(plan.hasStruck).toBe(true);
      expect(run.kind).toBe('died');
      expect(new Set(received.map(({ id }) => id))).toEqual(events);
      expect(await world.waiting()).toBe(0);
    });
  });
}
