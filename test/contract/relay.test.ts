import { CloudEvent as OfficialCloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { snsClient } from '../../lib/aws/clients.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { waitingEventOf } from '../../lib/events/items.ts';
import { relayEvents } from '../../lib/events/relay-events.ts';
import { EVENT_TYPES } from '../../lib/events/schemas.ts';
import { sweepOutbox } from '../../lib/events/sweep-outbox.ts';
import type { Item } from '../../lib/kernel/codec.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { documentClient, givenAStack, itemsOf } from '../support/database.ts';
import { EventsWorld, NOW, paymentEvent } from '../support/events-world.ts';
import { between } from '../support/faults.ts';
import { recoverAll } from '../support/recovery.ts';

const database = await givenAStack();
const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id).sort();
const payments = (count: number) => Array.from({ length: count }, () => paymentEvent());

/** A topic that is unreachable while the test wants it. */
function outage() {
  const state = { isDown: true, calls: 0 };
  const topics = between(snsClient(Date.now), async (_command, pass) => {
    state.calls += 1;
    if (state.isDown) throw Object.assign(new Error('connect ECONNREFUSED'), { name: 'NotFoundException' });
    return pass();
  });
  return { state, topics };
}

describe('the relay', () => {
  it('publishes events of all types in valid envelopes', async () => {
    const world = await EventsWorld.open(database);
    const events = EVENT_TYPES.map((type) => paymentEvent({ type }, { asset: 'ETH' }));
    await world.appendToOutbox(...events);
    expect(await relayEvents(world.relay, events)).toEqual({ done: events, left: [] });
    const received = await world.received();
    expect(ids(received)).toEqual(ids(events));
    for (const event of received) {
      expect(new OfficialCloudEvent(event as never, true).toJSON()).toEqual(event); // strict: throws for an invalid event
      const { requestId, ...rest } = events.find(({ id }) => id === event.id) ?? {};
      expect(event).toEqual({ specversion: '1.0', datacontenttype: 'application/json', requestid: requestId, ...rest });
    }
  });

  it('marks published events and changes nothing else of them', async () => {
    const world = await EventsWorld.open(database);
    const events = payments(120); // more than one transaction takes
    const [first] = events as [DomainEvent];
    await world.appendToOutbox(...events);
    const { gsi1pk, ...item } = (await world.stored(first)) as Item;
    expect(gsi1pk).toMatch(/^WAITING#\d+$/);
    expect(await world.waiting()).toBe(120);
    await relayEvents(world.relay, events);
    expect(await world.relay.outbox.backlog()).toEqual({ waiting: 0, countedUpTo: 8_000 });
    expect(item.gsi2pk).toMatch(/^DAY#2026-11-20#\d+$/);
    expect(await world.stored(first)).toEqual({ ...item, published_at: '2026-11-20T10:00:00.000Z' });
    world.now += 60_000;
    await relayEvents(world.relay, events);
    expect(await world.stored(first)).toEqual({ ...item, published_at: '2026-11-20T10:00:00.000Z' });
  });

  it('takes only events that wait from the stream: no counters, and no events that a migration moves', async () => {
    const world = await EventsWorld.open(database);
    const events = payments(2);
    await world.appendToOutbox(...events);
    await world.relay.outbox.markPublished(events.slice(1), world.now);
    const items = await itemsOf(documentClient(), world.settings.EVENTS_TABLE);
    expect(items).toHaveLength(3);
    expect(items.flatMap((item) => waitingEventOf(item) ?? [])).toEqual(events.slice(0, 1));
  });

  it('publishes an event once that the stream delivers twice', async () => {
    const world = await EventsWorld.open(database);
    const event = paymentEvent();
    await world.appendToOutbox(event);
    expect((await relayEvents(world.relay, [event, { ...event }])).done).toHaveLength(2);
    expect(await world.received()).toHaveLength(1);
  });

  it('retries events that the topic refuses temporarily', async () => {
    let refusals = 2;
    const topics = between(snsClient(Date.now), async (_command, pass) => {
      const answer = (await pass()) as { output: { Failed: object[] } };
      refusals -= 1;
      if (refusals >= 0) answer.output.Failed = [{ Id: '1', Code: 'InternalError', SenderFault: false }];
      return answer;
    });
    const world = await EventsWorld.open(database, { topics });
    const events = payments(3);
    await world.appendToOutbox(...events);
    expect((await relayEvents(world.relay, events)).done).toEqual(events);
    expect(await world.waiting()).toBe(0);
    // The topic had published all of them both times; the others are not sent again.
    const again = events[1]?.id ?? '';
    expect(ids(await world.received())).toEqual([...ids(events), again, again].sort());
  });

  it('publishes the other events when the topic refuses one permanently, and leaves that one to the sweeper', async () => {
    const world = await EventsWorld.open(database);
    const [first, huge, last] = [paymentEvent(), paymentEvent({}, { note: 'x'.repeat(300_000) }), paymentEvent()];
    await world.appendToOutbox(first, huge, last);
    const { done, left, failure } = await relayEvents(world.relay, [first, huge, last]);
    expect([done, left]).toEqual([[first, last], [huge]]);
    expect(String(failure)).toContain('InvalidParameter');
    expect(ids(await world.received())).toEqual(ids([first, last]));
    expect(await world.waiting()).toBe(1);
  });

  it('publishes all others in one go when the topic refuses the first of many', async () => {
    const world = await EventsWorld.open(database);
    const events = payments(80);
    const { done, isDown } = await world.relay.topic.publish([
      paymentEvent({}, { note: 'x'.repeat(300_000) }),
      ...events,
    ]);
    expect(ids(done)).toEqual(ids(events));
    expect(isDown).toBe(false);
  });

  it('stops at the first call when the topic is down, and all events wait', async () => {
    const { state, topics } = outage();
    const world = await EventsWorld.open(database, { topics });
    const events = payments(100);
    await world.appendToOutbox(...events);
    const { done, left, failure } = await relayEvents(world.relay, events);
    expect([done, left, String(failure)]).toEqual([[], [], 'NotFoundException: connect ECONNREFUSED']);
    expect(state.calls).toBeLessThanOrEqual(4); // the calls that were already under way
    expect(await world.waiting()).toBe(100);
  });
});

describe('the sweeper', () => {
  it('publishes events that have waited too long, and leaves the rest to the relay', async () => {
    const world = await EventsWorld.open(database);
    const at = (seconds: number) => paymentEvent({ time: new Date(NOW - seconds * 1_000).toISOString() });
    const [old, young] = [
      [at(31), at(40), at(3_600)],
      [at(0), at(29)],
    ];
    await world.appendToOutbox(...old, ...young);
    expect(await world.relay.outbox.backlog()).toMatchObject({ waiting: 5, oldest: '2026-11-20T09:00:00.000Z' });
    expect(await recoverAll(sweepOutbox, world.relay)).toMatchObject({ done: { published: 3 } });
    expect(ids(await world.received())).toEqual(ids(old));
    expect(await world.waiting()).toBe(2);
  });

  it('publishes all events of an outage once the topic is back, page by page', async () => {
    const { state, topics } = outage();
    const world = await EventsWorld.open(database, { topics });
    const relay = { ...world.relay, policy: { ...world.relay.policy, pageSize: 3 } };
    const events = payments(80);
    await world.appendToOutbox(...events);
    world.now += 60_000;
    await expect(recoverAll(sweepOutbox, relay)).rejects.toThrow('ECONNREFUSED');
    expect(state.calls).toBeLessThanOrEqual(4);
    expect(await world.waiting()).toBe(80);

    state.isDown = false;
    expect(await recoverAll(sweepOutbox, relay)).toMatchObject({ done: { published: 80 } });
    expect(ids(await world.received())).toEqual(ids(events));
    expect(await world.waiting()).toBe(0);
    expect(await recoverAll(sweepOutbox, relay)).toMatchObject({ found: 0 });
  });

  it('publishes all others when the topic refuses one permanently, and reports it each time', async () => {
    const world = await EventsWorld.open(database);
    const policy = { ...world.relay.policy, pageSize: 2 };
    const huge = paymentEvent({ time: '2026-11-20T09:00:00.000Z' }, { note: 'x'.repeat(300_000) });
    const events = payments(40);
    await world.appendToOutbox(huge, ...events);
    world.now += 60_000;
    await expect(recoverAll(sweepOutbox, { ...world.relay, policy })).rejects.toThrow('InvalidParameter');
    expect(ids(await world.received())).toEqual(ids(events));
    await expect(recoverAll(sweepOutbox, { ...world.relay, policy })).rejects.toThrow('InvalidParameter');
    expect(await world.relay.outbox.backlog()).toMatchObject({ waiting: 1, oldest: huge.time });
  });

  it('publishes the other shards when the topic refuses all events of one', async () => {
    const world = await EventsWorld.open(database);
    const policy = { ...world.relay.policy, pageSize: 1 };
    const huge = Array.from({ length: 3 }, () => paymentEvent({}, { note: 'x'.repeat(300_000) }));
    const events = payments(40);
    await world.appendToOutbox(...huge, ...events);
    world.now += 60_000;
    await expect(recoverAll(sweepOutbox, { ...world.relay, policy })).rejects.toThrow('InvalidParameter');
    expect(ids(await world.received())).toEqual(ids(events));
    expect(await world.waiting()).toBe(huge.length);
  });

  it('stops when its time is over, and continues the next time', async () => {
    const world = await EventsWorld.open(database);
    const policy = { ...world.relay.policy, pageSize: 1 };
    const now = () => (world.now += 15_000);
    const events = payments(40);
    await world.appendToOutbox(...events);
    world.now += 60_000;
    const relay = { ...world.relay, policy, now };
    const { left, done } = await runRecovery(relay, sweepOutbox(relay), world.now + 150_000);
    expect(left).toBeGreaterThan(0);
    expect(done.published).toBeLessThan(40);
    expect(await recoverAll(sweepOutbox, world.relay)).toMatchObject({
      done: { published: 40 - (done.published ?? 0) },
    });
    expect(ids(await world.received())).toEqual(ids(events));
  });
});
