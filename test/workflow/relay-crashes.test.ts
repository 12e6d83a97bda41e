import { expect } from 'vitest';
import { snsClient } from '../../lib/aws/clients.ts';
import { relayDeps } from '../../lib/dependencies/events.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { waitingKey, waitingPartition } from '../../lib/events/items.ts';
import type { RelayDeps } from '../../lib/events/ports.ts';
import { relayEvents } from '../../lib/events/relay-events.ts';
import { sweepOutbox } from '../../lib/events/sweep-outbox.ts';
import { type CrashPlan, Process } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { documentClient, givenAStack } from '../support/database.ts';
import { EventsWorld, paymentEvent } from '../support/events-world.ts';
import { mortalClient } from '../support/faults.ts';
import { recoverAll } from '../support/recovery.ts';

const database = await givenAStack();

const SCENARIOS: Record<string, (deps: RelayDeps, events: readonly DomainEvent[]) => Promise<unknown>> = {
  'the relay of 27 events': relayEvents,
  'a sweep of 27 events': (deps) => recoverAll(sweepOutbox, deps),
};

/** Few, so that each has several pages: the partitions of the index of waiting events that the sweep looks into. */
const SHARDS = [0, 1, 2];
const PAYMENTS = Array.from({ length: 1_000 }, (_, number) => `payment.completed:pay_${number}`)
  .filter((id) => SHARDS.some((shard) => waitingKey(paymentEvent({ id })).gsi1pk === waitingPartition(shard)))
  .slice(0, 27);

/** Makes each request to AWS an await of the crash matrix. */
function container(world: EventsWorld, plan: CrashPlan): Process<RelayDeps> {
  const policy = { ...world.relay.policy, pageSize: 4 };
  const special = (_deps: RelayDeps, process: Process<RelayDeps>): Partial<RelayDeps> => {
    const { outbox, topic } = relayDeps(world.settings, {
      dynamo: mortalClient(documentClient(), process),
      topics: mortalClient(snsClient(Date.now), process),
    });
    return { outbox: { ...outbox, shards: SHARDS }, topic };
  };
  return new Process({ ...world.relay, policy }, 'relay', [plan], { special });
}

/** A process crashes as planned. A minute later a sweep publishes the remaining events. */
async function play(name: string, plan: CrashPlan) {
  const world = await EventsWorld.open(database);
  const events = PAYMENTS.map((id, index) => paymentEvent({ id }, { amount: `${2 ** index}` }));
  await world.appendToOutbox(...events);
  world.now += 40_000;
  plan.arm();
  const run = await container(world, plan).run((deps) => SCENARIOS[name]?.(deps, events) ?? Promise.reject());
  world.now += 60_000;
  const { done } = await recoverAll(sweepOutbox, world.relay);
  const ids = events.map((event) => event.id).sort();
  return {
    run,
    published: done.published ?? 0,
    ids,
    received: await world.received(),
    waiting: await world.waiting(),
    counts: await world.metrics.counters.read(),
  };
}

for (const name of Object.keys(SCENARIOS)) {
  await crashMatrix(name, {
    play: (plan) => play(name, plan),
    judge: ({ run, published, ids, received, waiting, counts }, _undisturbed, crash) => {
      expect(run.kind).toBe(crash ? 'died' : 'returned');
      expect([...new Set(received.map(({ id }) => id))].sort()).toEqual(ids);
      expect(waiting).toBe(0);
      expect(counts).toEqual([
        { series: ['amounts', 'completed', 'IDR'], by: 2n ** 27n - 1n },
        { series: ['payments', 'completed', 'IDR'], by: 27n },
      ]);
      if (!crash) expect({ published, received: received.length }).toEqual({ published: 0, received: ids.length });
    },
  });
}
