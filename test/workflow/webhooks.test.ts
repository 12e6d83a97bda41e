import { describe, expect, it } from 'vitest';
import { type CloudEvent, positionOf } from '../../lib/events/index.ts';
import { changeEndpoint, deleteEndpoint, rotateSecret } from '../../lib/webhooks/change-endpoint.ts';
import { DELAYS, type Delivery } from '../../lib/webhooks/delivery.ts';
import { dynamoEventDeliveries } from '../../lib/webhooks/dynamo-event-deliveries.ts';
import { readDelivery, readEndpoint } from '../../lib/webhooks/read-endpoints.ts';
import { deliveryEntries } from '../../lib/webhooks/timeline.ts';
import { givenADatabase } from '../support/database.ts';
import { inWebhooksWorld, isSignedWith } from '../support/webhooks-world.ts';

const database = await givenADatabase();
const [MINUTE, HOUR] = [60_000, 3_600_000];
const statuses = (deliveries: readonly Delivery[]) => deliveries.map(({ status }) => status);

describe.concurrent('an endpoint', () => {
  it('gets each event once, though the topic delivers it several times, out of order and at once', () =>
    inWebhooksWorld(
      database,
      async (world) => {
        const { endpoint, secret } = await world.endpoint('a');
        const other = await world.endpoint('b', { types: ['payment.failed'] });
        const completed = await world.happen(20);
        const failed = await world.happen(5, { type: 'payment.failed' });
        const all = [...completed, ...failed];
        await Promise.all([
          world.publish(all.slice(0, 15)),
          world.publish(all.toReversed().slice(0, 15)),
          world.publish(all.slice(5, 20)),
        ]);
        await world.clock.sleep(MINUTE);
        await world.publish(all.toReversed());
        await world.untilDone();
        const [a, b] = [world.receiver('a'), world.receiver('b')];
        expect(a.events.toSorted()).toEqual(all.map(({ id }) => id).sort());
        expect(b.events.toSorted()).toEqual(failed.map(({ id }) => id).sort());
        expect(new Set([...a.calls, ...b.calls].map(({ id }) => id)).size).toBe(30);
        expect(a.calls.every((call) => isSignedWith(secret, call))).toBe(true);
        expect(b.calls.every((call) => isSignedWith(secret, call))).toBe(false);
        expect(b.calls.every((call) => isSignedWith(other.secret, call))).toBe(true);
        expect(a.calls[0]?.event).toEqual(all.find(({ id }) => id === a.calls[0]?.event.id));
        const stored = await world.deliveries(endpoint.id);
        expect(stored.map(({ status, attempts }) => [status, attempts.length])).toEqual(
          all.map(() => ['delivered', 1]),
        );
      },
      { workers: 3 },
    ));

  it('has deliveries that are found by their events', () =>
    inWebhooksWorld(database, async (world) => {
      await world.endpoint('a');
      await world.endpoint('b', { types: ['payment.failed'] });
      const [event, other] = await world.happen(2);
      await world.publish([event, other].filter((each) => each !== undefined));
      await world.untilDone();
      const key = { subject: `${event?.subject}`, position: positionOf(event as CloudEvent) };
      const found = await dynamoEventDeliveries(world.dynamo, world.tables.WEBHOOKS_TABLE).of([key]);
      expect(found).toMatchObject([{ event: key, status: 'delivered' }]);
      expect(deliveryEntries(found)).toMatchObject([{ kind: 'delivered', at: found[0]?.attempts[0]?.at }]);
    }));

  it('can be changed, rotated and deleted; each has its event, which other endpoints get', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint, secret: old } = await world.endpoint('a', { types: ['payment.completed'] });
      world.clock.jump(1);
      await world.endpoint('watcher', { types: ['webhook_endpoint.*'] });
      const { id } = endpoint;
      await changeEndpoint(world.deps, id, { types: ['payment.failed'], url: world.urlOf('moved') });
      const overlapMs = 24 * HOUR;
      const { secret } = await rotateSecret(world.deps, id, { overlapMs }, world.newKey());
      await world.publish(await world.happen(1));
      const send = async () => {
        await world.publish(await world.happen(1, { type: 'payment.failed' }));
        await world.untilDone();
        return world.receiver('moved').calls.at(-1);
      };
      const during = await send();
      expect(during?.signatures).toHaveLength(2);
      expect([secret, old].every((each) => during && isSignedWith(each, during))).toBe(true);
      world.clock.jump(overlapMs);
      const later = await send();
      expect(later?.signatures).toHaveLength(1);
      expect(later && isSignedWith(secret, later)).toBe(true);
      await deleteEndpoint(world.deps, id);
      expect(await world.insist('client', (deps) => readEndpoint(deps, id))).toMatchObject({ code: 'NOT_FOUND' });
      await send();
      expect(world.receiver('a').calls).toEqual([]);
      expect(world.receiver('moved').calls).toHaveLength(2);
      await world.relay();
      await world.untilDone();
      const sent = world.receiver('watcher').calls.map(({ event }) => event);
      expect(sent.filter(({ subject }) => subject === id).map(({ type }) => type)).toEqual(
        ['created', 'changed', 'secret_rotated', 'deleted'].map((what) => `webhook_endpoint.${what}`).slice(1),
      );
      expect(JSON.stringify(sent)).not.toContain('whsec_');
    }));
});

describe.concurrent('a delivery', () => {
  it('is tried ten times in 75 hours and a little more, then it has failed', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a');
      const receiver = world.receiver('a');
      receiver.answer = () => ({ status: 500, body: 'no' });
      await world.publish(await world.happen(1));
      await world.untilDone();
      const gaps = receiver.calls.map(({ at }, index) => at - (receiver.calls[index - 1]?.at ?? at));
      expect(gaps).toHaveLength(10);
      for (const [index, gap] of gaps.entries()) {
        const delay = DELAYS[index] ?? 0;
        expect(gap).toBeGreaterThanOrEqual(delay);
        // A message carries a delay of up to 15 minutes. Recovery finds what is due later.
        expect(gap).toBeLessThan(delay * 1.1 + (delay < 15 * MINUTE ? 2_000 : 2 * MINUTE));
      }
      const [failed] = await world.deliveries(endpoint.id);
      expect(failed).toMatchObject({ status: 'failed', failures: 10 });
      expect(failed?.attempts.map(({ status, answer, error }) => [status, answer, error])).toEqual(
        gaps.map(() => [500, 'no', 'the answer has the status 500']),
      );
      expect(new Set(receiver.calls.map(({ id }) => id)).size).toBe(1);
      expect(new Set(receiver.calls.map(({ timestamp }) => timestamp)).size).toBe(10);
      expect(new Set(receiver.calls.map(({ signatures }) => signatures[0])).size).toBe(10);
    }));

  it('arrives when a receiver is up again after 70 hours: none is lost', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a');
      const receiver = world.receiver('a');
      const upAt = world.clock.now() + 70 * HOUR;
      receiver.answer = () => ({ status: world.clock.now() < upAt ? 503 : 200 });
      const sent: string[] = [];
      for (let hour = 0; hour < 80; hour += 16) {
        const events = await world.happen(2);
        sent.push(...events.map(({ id }) => id));
        await world.publish(events);
        await world.untilDone(world.clock.now() + 16 * HOUR);
      }
      await world.untilDone();
      const deliveries = await world.deliveries(endpoint.id);
      expect(deliveries.map(({ event }) => event.position.slice(25))).toEqual(sent);
      expect(new Set(statuses(deliveries))).toEqual(new Set(['delivered']));
      const accepted = receiver.calls.filter(({ at }) => at >= upAt).map(({ event }) => event.id);
      expect(accepted.sort()).toEqual(sent.sort());
      expect((await readEndpoint(world.deps, endpoint.id)).turn.failingSince).toBeUndefined();
    }));

  it('waits as long as Retry-After says, if that is longer', () =>
    inWebhooksWorld(database, async (world) => {
      await world.endpoint('a');
      const { calls } = world.receiver('a');
      const waits = ['600', '2', new Date(world.clock.now() + 3 * HOUR).toUTCString()];
      world.receiver('a').answer = () => {
        const wait = waits[calls.length - 1];
        return wait === undefined ? { status: 204 } : { status: 429, headers: { 'retry-after': wait } };
      };
      await world.publish(await world.happen(1));
      await world.untilDone();
      const since = calls.map(({ at }) => at - (calls[0]?.at ?? 0));
      expect(since).toHaveLength(4);
      expect(since[1]).toBeGreaterThanOrEqual(10 * MINUTE);
      expect((since[2] ?? 0) - (since[1] ?? 0)).toBeLessThan(3 * MINUTE); // a minute is longer than 2 s
      expect(calls[3]?.at).toBeGreaterThanOrEqual(Date.parse(waits[2] ?? ''));
    }));

  it('keeps 16 KB of each long answer, which its owner can read', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a');
      const { calls } = world.receiver('a');
      const letter = () => 'xyz'[calls.length - 1] ?? '';
      world.receiver('a').answer = () => ({
        status: calls.length < 3 ? 500 : 200,
        body: letter().repeat(calls.length === 2 ? 10 : 20_000),
      });
      await world.publish(await world.happen(1));
      await world.untilDone();
      const [one] = await world.deliveries(endpoint.id);
      expect(one?.attempts.map(({ answer }) => answer)).toEqual(['x'.repeat(256), 'y'.repeat(10), 'z'.repeat(256)]);
      const { answers } = await readDelivery(world.deps, `${one?.id}`);
      expect([...answers]).toEqual([
        [1, 'x'.repeat(16_384)],
        [3, 'z'.repeat(16_384)],
      ]);
    }));
});
