import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import { changeEndpoint } from '../../lib/webhooks/change-endpoint.ts';
import { deliver } from '../../lib/webhooks/deliver.ts';
import { type Delivery, MAX_ATTEMPTS } from '../../lib/webhooks/delivery.ts';
import type { DeliveryMessage } from '../../lib/webhooks/ports.ts';
import { replayDelivery, replayPage, requestReplay, testEndpoint } from '../../lib/webhooks/replay.ts';
import { wakeOf } from '../../lib/webhooks/store-deliveries.ts';
import { givenADatabase } from '../support/database.ts';
import { inWebhooksWorld, type WebhooksWorld } from '../support/webhooks-world.ts';

const database = await givenADatabase();
const MINUTE = 60_000;
const PAYMENTS = { types: ['payment.*'] };

async function given(world: WebhooksWorld, count: number) {
  const { endpoint } = await world.endpoint('a', PAYMENTS);
  await world.publish(await world.happen(count));
  await world.untilDone();
  return { endpoint, receiver: world.receiver('a'), deliveries: await world.deliveries(endpoint.id) };
}
const refusalOf = async (work: Promise<unknown>) => {
  const error = await work.catch((thrown: unknown) => thrown);
  return error instanceof AppError ? error.code : error;
};

describe.concurrent('a replay', () => {
  it('of one delivery has the same id, a new timestamp and a new signature', () =>
    inWebhooksWorld(database, async (world) => {
      const { receiver, deliveries } = await given(world, 2);
      const [one] = deliveries;
      if (!one) throw new Error('a delivery');
      world.clock.jump(MINUTE);
      await replayDelivery(world.deps, one.id);
      expect(await refusalOf(replayDelivery(world.deps, one.id))).toBe('INVALID_STATE'); // it is pending
      await world.untilDone();
      const [first, again] = receiver.calls.filter(({ id }) => id === one.id);
      expect(receiver.calls).toHaveLength(3);
      expect(again?.body).toBe(first?.body);
      expect(again?.timestamp).not.toBe(first?.timestamp);
      expect(again?.signatures).not.toEqual(first?.signatures);
      const [after] = await world.deliveries(one.endpointId);
      expect(after).toMatchObject({ status: 'delivered', replays: 1, attempts: [{ status: 204 }, { status: 204 }] });
      const [event] = (await world.events()).filter(({ type }) => type === 'webhook_delivery.replayed');
      expect(event).toMatchObject({ subject: one.id, data: { delivery_id: one.id, replay: 1 } });
    }));

  it('of a range sends what happened in it, also what was never stored, by the filter of that time', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint, receiver } = await given(world, 1);
      world.clock.jump(MINUTE);
      const from = world.clock.now();
      const delivered = await world.happen(120); // more than a page
      await world.publish(delivered.slice(0, 60));
      await world.happen(3, { type: 'payout.failed' });
      world.clock.jump(MINUTE);
      const to = world.clock.now();
      await world.publish(await world.happen(1)); // not included
      await changeEndpoint(world.deps, endpoint.id, { types: ['payout.*'] });
      await world.untilDone();
      const before = receiver.calls.length;
      expect(before).toBe(1 + 60 + 1);
      const { replayId } = await requestReplay(world.deps, endpoint.id, { from, to });
      await world.clock.sleep(MINUTE);
      await world.untilDone();
      const sent = receiver.events.slice(before);
      expect(sent.toSorted()).toEqual(delivered.map(({ id }) => id).sort());
      const [event] = (await world.events()).filter(({ type }) => type === 'webhook_endpoint.replay_requested');
      expect(event?.data).toMatchObject({ replay_id: replayId, from: new Date(from).toISOString() });
    }));

  it('of all that failed sends these and no others; while the endpoint is disabled they wait', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint, receiver, deliveries } = await given(world, 150);
      for (const one of deliveries.slice(0, 120)) {
        await world.deps.deliveries.replace(one, { ...one, status: 'failed' });
      }
      await changeEndpoint(world.deps, endpoint.id, { enabled: false });
      await requestReplay(world.deps, endpoint.id, undefined);
      await world.clock.sleep(3 * MINUTE);
      expect(receiver.calls).toHaveLength(150);
      await changeEndpoint(world.deps, endpoint.id, { enabled: true });
      await world.untilDone();
      const again = receiver.calls.slice(150).map(({ id }) => id);
      expect(again.sort()).toEqual(
        deliveries
          .slice(0, 120)
          .map(({ id }) => id)
          .sort(),
      );
    }));

  it('whose messages are lost is continued by recovery, from the page after the last one that was sent', () =>
    inWebhooksWorld(
      database,
      async (world) => {
        const from = world.clock.now();
        const { endpoint, receiver } = await given(world, 5);
        world.hasWorkers = false;
        const loseAll = () => {
          const lost: DeliveryMessage[] = [];
          for (let next = world.queue.receive(); next; next = world.queue.receive()) {
            lost.push(next.message);
            next.delete();
          }
          return lost;
        };
        await requestReplay(world.deps, endpoint.id, { from, to: world.clock.now() });
        expect(loseAll()).toHaveLength(1);
        await world.clock.sleep(2 * MINUTE);
        const [first] = loseAll();
        if (first?.kind !== 'replay') throw new Error('a message of the replay');
        await replayPage(world.deps, first);
        const next = loseAll().find(({ kind }) => kind === 'replay');
        expect(await replayPage(world.deps, first)).toEqual({ result: 'overtaken' });
        await world.clock.sleep(MINUTE);
        await world.recoverNow();
        expect(world.queue.messages).toContainEqual(next);
        world.hasWorkers = true;
        await world.untilDone();
        expect(receiver.calls).toHaveLength(10);
        expect(await world.deps.replays.open()).toEqual([]);
      },
      { adjust: (deps) => ({ ...deps, policy: { ...deps.policy, pageSize: 2 } }) },
    ));

  it('of a range sends what is beside an event that cannot be read, and names that event', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a', PAYMENTS);
      const from = world.clock.now();
      const [bad, ...good] = await world.happen(3);
      if (!bad) throw new Error('an event');
      await world.makeUnreadable(bad);
      world.clock.jump(MINUTE);
      await requestReplay(world.deps, endpoint.id, { from, to: world.clock.now() });
      await world.clock.sleep(MINUTE);
      expect(world.receiver('a').events.toSorted()).toEqual(good.map(({ id }) => id).sort());
      const [page] = world.results.filter(({ result }) => result === 'replayed');
      expect(page).toMatchObject({ deliveries: 2, unreadable: 1 });
      expect(page?.unreadable_events).toEqual([expect.stringContaining(bad.id)]);
    }));

  it('whose message comes twice sends everything once', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint, receiver } = await given(world, 3);
      const range = { from: world.clock.now() - 10 * MINUTE, to: world.clock.now() + 1 };
      const message: DeliveryMessage = { kind: 'replay', endpointId: endpoint.id, replayId: 'r-1', range };
      await Promise.all([replayPage(world.deps, message), replayPage(world.deps, message)]);
      await world.clock.sleep(MINUTE);
      await replayPage(world.deps, message);
      await world.untilDone();
      expect(receiver.calls).toHaveLength(6);
    }));

  it('is refused for a delivery with 100 attempts; its last attempt is its end', () =>
    inWebhooksWorld(database, async (world) => {
      const { deliveries, receiver } = await given(world, 1);
      const [one] = deliveries as [Delivery];
      const attempts = Array(MAX_ATTEMPTS - 2).fill({ ...one.attempts[0], answer: '€'.repeat(256) });
      const many: Delivery = { ...one, attempts: [...one.attempts, ...attempts] };
      await world.deps.deliveries.replace(one, many);
      receiver.answer = () => ({ status: 500, body: '€'.repeat(300) });
      await replayDelivery(world.deps, one.id);
      await world.untilDone();
      const [after] = await world.deliveries();
      expect(after).toMatchObject({ status: 'failed', failures: 1, replays: 1 });
      expect(after?.attempts).toHaveLength(MAX_ATTEMPTS);
      expect(await refusalOf(replayDelivery(world.deps, one.id))).toBe('INVALID_STATE');
      await requestReplay(world.deps, one.endpointId, undefined);
      await world.clock.sleep(MINUTE);
      expect(receiver.calls).toHaveLength(2);
    }));
});

describe.concurrent('a test event', () => {
  it('reaches its endpoint only; filters do not apply', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a', { types: ['payout.failed'] });
      await world.endpoint('b', { types: ['*'] });
      await world.relay();
      await world.untilDone();
      const { id } = await testEndpoint(world.deps, endpoint.id);
      await world.relay();
      await world.untilDone();
      expect(world.receiver('a').calls.map((call) => [call.id, call.event.type])).toEqual([
        [id, 'webhook_endpoint.test'],
      ]);
      expect(world.receiver('b').calls.map(({ event }) => event.type)).not.toContain('webhook_endpoint.test');
      await changeEndpoint(world.deps, endpoint.id, { enabled: false });
      expect(await refusalOf(testEndpoint(world.deps, endpoint.id))).toBe('INVALID_STATE');
    }));
});

describe.concurrent('a worker', () => {
  it('whose lease ran out records its attempt beside the next one; both answers are kept with their attempts', () =>
    inWebhooksWorld(database, async (world) => {
      world.hasWorkers = false;
      const { endpoint } = await world.endpoint('a', PAYMENTS);
      const [event] = await world.happen(1);
      if (!event) throw new Error('an event');
      await world.publish([event]);
      const receiver = world.receiver('a');
      receiver.answer = () => ({ status: 500, body: `${receiver.calls.length}`.repeat(1_000) });
      const slow = world.deps;
      const post: typeof slow.client.post = async (call) => {
        const outcome = await slow.client.post(call);
        world.clock.jump(MINUTE); // its lease is over
        await deliver(world.deps, wakeOf(endpoint.id));
        return outcome;
      };
      await deliver({ ...slow, client: { ...slow.client, post } }, wakeOf(endpoint.id));
      const [one] = await world.deliveries();
      expect(one).toMatchObject({ status: 'pending', failures: 2 });
      expect(one?.attempts.map(({ answer }) => answer?.[0])).toEqual(['2', '1']);
      const answers = await world.deps.deliveries.answers(one?.id as Delivery['id']);
      expect([...answers].map(([attempt, text]) => [attempt, text[0]])).toEqual([
        [1, '2'],
        [2, '1'],
      ]);
      // The next one has ended its turn, so another worker can take it at once.
      receiver.answer = () => ({ status: 200 });
      world.hasWorkers = true;
      await world.untilDone();
      expect((await world.deliveries())[0]).toMatchObject({ status: 'delivered' });
    }));

  it('finds what arrives during its turn, and hands over to the next one at its end', () =>
    inWebhooksWorld(
      database,
      async (world) => {
        world.hasRecovery = false;
        await world.endpoint('a', PAYMENTS);
        const receiver = world.receiver('a');
        receiver.takesMs = 4_000;
        const sent: string[] = [];
        for (let second = 0; second < 30; second += 1) {
          const events = await world.happen(1);
          sent.push(...events.map(({ id }) => id));
          await world.publish(events);
          await world.clock.sleep(1_000);
        }
        await world.clock.sleep(12_000);
        expect(receiver.events.toSorted()).toEqual(sent.sort());
        const waits = receiver.calls.map(({ at, event }) => at - Date.parse(event.time));
        expect(Math.max(...waits)).toBeLessThanOrEqual(9_000); // after the calls under way, in its own
      },
      { workers: 3 },
    ));

  it('reads an index that lags a few times a second, not more, and ends its turn in time', () =>
    inWebhooksWorld(database, async (world) => {
      world.hasWorkers = false;
      const { endpoint } = await world.endpoint('a', PAYMENTS);
      await world.publish(await world.happen(3));
      const listed = await world.deps.deliveries.next(endpoint.id, 100);
      await deliver(world.deps, wakeOf(endpoint.id));
      let reads = 0;
      const next = async () => {
        reads += 1;
        return listed;
      };
      const { deps } = world;
      const begunAt = world.clock.now();
      await deliver({ ...deps, deliveries: { ...deps.deliveries, next } }, wakeOf(endpoint.id));
      expect(world.receiver('a').calls).toHaveLength(3);
      expect(reads).toBeLessThan(60);
      expect(world.clock.now() - begunAt).toBeGreaterThanOrEqual(10_000);
      expect(world.clock.now() - begunAt).toBeLessThan(12_000);
    }));

  it('that gets a message twice, or two at once, sends each delivery once', () =>
    inWebhooksWorld(
      database,
      async (world) => {
        const { endpoint } = await world.endpoint('a', PAYMENTS);
        await world.publish(await world.happen(30));
        const copies = world.queue.messages.flatMap((message) => [message, message, message]);
        await world.queue.send(copies);
        await world.untilDone();
        await world.queue.send(copies);
        await world.clock.sleep(10_000);
        expect(world.receiver('a').calls).toHaveLength(30);
        expect(await world.deliveries(endpoint.id)).toHaveLength(30);
      },
      { workers: 4 },
    ));
});
