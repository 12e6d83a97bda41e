import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { changeEndpoint } from '../../lib/webhooks/change-endpoint.ts';
import { type Endpoint, MAX_ENDPOINTS } from '../../lib/webhooks/endpoint.ts';
import { readEndpoint } from '../../lib/webhooks/read-endpoints.ts';
import { givenADatabase } from '../support/database.ts';
import { once } from '../support/scenario.ts';
import { inWebhooksWorld, type WebhooksWorld } from '../support/webhooks-world.ts';

const database = await givenADatabase();
const DAY = 24 * 3_600_000;
const { params } = parse(readFileSync(join(import.meta.dirname, '../../serverless.yml'), 'utf8')) as {
  params: Record<'default' | 'local', { deliveryWorkers?: number }>;
};
const SLOW = 12;
const OK = () => ({ status: 200 });
const DOWN = () => ({ status: 500 });

const happened = async (world: WebhooksWorld, count: number) => {
  const events = await world.happen(count);
  await world.publish(events);
  return events.map(({ id }) => id);
};
const stateOf = async (world: WebhooksWorld, { id }: Endpoint) => {
  const { endpoint, turn } = await readEndpoint(world.deps, id);
  return { enabled: endpoint.enabled, reason: endpoint.disabledFor, since: turn.failingSince };
};
const statusesOf = async (world: WebhooksWorld, { id }: Endpoint) =>
  (await world.deliveries(id)).map(({ status }) => status);
const enable = (world: WebhooksWorld, { id }: Endpoint) => changeEndpoint(world.deps, id, { enabled: true });

describe.concurrent('an endpoint is disabled', () => {
  it('when it answers 410; what waits is held, and all arrives when it is enabled again', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a', { types: ['payment.*'] });
      await world.endpoint('watcher', { types: ['webhook_endpoint.disabled'] });
      const receiver = world.receiver('a');
      receiver.answer = () => ({ status: 410 });
      const first = await happened(world, 1);
      await world.untilDone();
      expect(await stateOf(world, endpoint)).toMatchObject({ enabled: false, reason: 'gone' });
      const held = await happened(world, 60);
      world.clock.jump(10 * DAY);
      await world.clock.sleep(3 * 60_000);
      expect(receiver.calls).toHaveLength(1);
      expect(await statusesOf(world, endpoint)).toEqual(Array(61).fill('pending'));
      await world.relay();
      await world.untilDone();
      const sent = world.receiver('watcher').calls.map(({ event }) => [event.subject, event.data]);
      expect(sent).toEqual([[endpoint.id, { endpoint_id: endpoint.id, reason: 'gone' }]]);

      receiver.answer = OK;
      world.hasRecovery = false;
      await enable(world, endpoint);
      await world.clock.sleep(2_000);
      expect(receiver.events.slice(1).sort()).toEqual([...first, ...held].sort());
      expect(await stateOf(world, endpoint)).toEqual({ enabled: true, reason: undefined, since: undefined });
    }));

  it('when it fails five days after its first failure; silence does not disable it', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a', { types: ['payment.*'] });
      const receiver = world.receiver('a');
      receiver.answer = DOWN;
      const firstFailure = world.clock.now();
      for (const day of [0, 4]) {
        await happened(world, 1);
        await world.untilDone(firstFailure + (day === 0 ? 4 : 5) * DAY - 1);
      }
      expect(await stateOf(world, endpoint)).toMatchObject({ enabled: true });
      expect(Date.parse(`${(await stateOf(world, endpoint)).since}`) - firstFailure).toBeLessThan(2_000);
      await world.untilDone();
      expect(await stateOf(world, endpoint)).toMatchObject({ enabled: false, reason: 'failing' });
      const [disabled] = (await world.events()).filter(({ type }) => type === 'webhook_endpoint.disabled');
      expect(disabled).toMatchObject({ subject: endpoint.id, data: { reason: 'failing' } });
      expect(Date.parse(disabled?.time ?? '')).toBeGreaterThanOrEqual(firstFailure + 5 * DAY);

      await enable(world, endpoint); // its failures count from now on
      await world.clock.sleep(5_000);
      expect(await stateOf(world, endpoint)).toMatchObject({ enabled: true });
      receiver.answer = OK;
      await world.untilDone();
      receiver.answer = DOWN;
      await happened(world, 1);
      await world.clock.sleep(2_000);
      receiver.answer = OK;
      await world.untilDone();
      world.clock.jump(30 * DAY);
      await world.clock.sleep(3 * 60_000);
      receiver.answer = DOWN;
      await happened(world, 1);
      await world.clock.sleep(2_000);
      expect(await stateOf(world, endpoint)).toMatchObject({ enabled: true });
    }));

  it('not by a failure after a success of a worker that died before the end of its turn', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a');
      const receiver = world.receiver('a');
      receiver.answer = DOWN;
      await happened(world, 1);
      await world.clock.sleep(2_000);
      world.clock.jump(5 * DAY);
      receiver.answer = OK;
      world.hasWorkers = false;
      const wake = { kind: 'wake', endpointId: endpoint.id, ids: [], waited: false } as const;
      await world.dieAt('after', 'deliveries.replace', (deps) => world.workWith(deps, wake));
      world.hasWorkers = true;
      receiver.answer = DOWN;
      world.clock.jump(60_000);
      await happened(world, 1);
      await world.clock.sleep(2_000);
      expect(receiver.calls).toHaveLength(3);
      expect(await stateOf(world, endpoint)).toMatchObject({ enabled: true });
    }));

  it('and enabled before its worker has ended: everything arrives at once, and old failures do not count', () =>
    inWebhooksWorld(
      database,
      async (world) => {
        const { endpoint } = await world.endpoint('a', { types: ['payment.*'] });
        const receiver = world.receiver('a');
        receiver.answer = DOWN;
        await happened(world, 1);
        await world.clock.sleep(2_000);
        world.clock.jump(5 * DAY);
        once(world, 'turns.leave', async () => {
          world.hasRecovery = false;
          await enable(world, endpoint);
          await world.clock.sleep(1_000); // another worker gets the message
          const before = receiver.calls.length;
          receiver.answer = () => (receiver.calls.length <= before + 20 ? { status: 500 } : OK());
        });
        await happened(world, 40);
        await world.clock.sleep(6 * 60_000);
        expect(await statusesOf(world, endpoint)).toEqual(Array(41).fill('delivered'));
        expect(await stateOf(world, endpoint)).toEqual({ enabled: true, reason: undefined, since: undefined });
        const events = await world.events();
        expect(events.filter(({ type }) => type === 'webhook_endpoint.disabled')).toHaveLength(1);
      },
      { workers: 2 },
    ));

  it('not by an answer of a URL that it does not have any more', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a', { types: ['payment.*'] });
      world.receiver('a').answer = () => ({ status: 410 });
      once(world, 'client.post', () => changeEndpoint(world.deps, endpoint.id, { url: world.urlOf('b') }));
      const ids = await happened(world, 3);
      await world.untilDone();
      expect(await stateOf(world, endpoint)).toMatchObject({ enabled: true });
      expect(new Set(world.receiver('b').events)).toEqual(new Set(ids));
    }));
});

describe.concurrent('an endpoint keeps no other from being served', () => {
  it('though 10,000 deliveries wait for it, and each answer takes 15 s', () =>
    inWebhooksWorld(
      database,
      async (world) => {
        const slow = await world.endpoint('slow', { types: ['payment.failed'] });
        await world.endpoint('quick', { types: ['payment.completed'] });
        world.receiver('slow').takesMs = 15_000;
        await world.giveBacklog(slow.endpoint, 10_000);
        await world.clock.sleep(1_000);
        const waits: number[] = [];
        for (let round = 0; round < 20; round += 1) {
          const at = world.clock.now();
          await happened(world, 1);
          await world.clock.sleep(2_000);
          waits.push((world.receiver('quick').calls[round]?.at ?? Number.POSITIVE_INFINITY) - at);
        }
        expect(Math.max(...waits)).toBeLessThanOrEqual(2_000);
        const { calls } = world.receiver('slow');
        expect(calls.length).toBeGreaterThanOrEqual(40); // 20 at once, 15 s each
        expect(calls.length).toBeLessThanOrEqual(60);
      },
      { workers: 3 },
    ));

  it('because there are more workers than endpoints, also on a laptop', () => {
    expect(params.default.deliveryWorkers).toBe(MAX_ENDPOINTS + 10);
    expect(params.local.deliveryWorkers).toBe(undefined); // the stage uses the default
  });

  it(`though ${SLOW} others take 15 s for each answer: each of them has one worker, and one is left`, () =>
    inWebhooksWorld(
      database,
      async (world) => {
        for (let nth = 1; nth <= SLOW; nth += 1) {
          await world.endpoint(`slow-${nth}`, { types: ['payment.failed'] });
          world.receiver(`slow-${nth}`).takesMs = 15_000;
        }
        await world.endpoint('quick', { types: ['payment.completed'] });
        const { calls } = world.receiver('quick');
        const waits: number[] = [];
        for (let round = 0; round < 3; round += 1) {
          await world.publish(await world.happen(1, { type: 'payment.failed' }));
          const at = world.clock.now();
          await happened(world, 1);
          await world.clock.sleep(4_000);
          waits.push((calls[round]?.at ?? Number.POSITIVE_INFINITY) - at);
        }
        expect(Math.max(...waits)).toBeLessThanOrEqual(2_000);
        await world.clock.sleep(15_000);
        expect(world.calls.length).toBeGreaterThanOrEqual(SLOW + waits.length); // the others have answered
      },
      { workers: SLOW + 1 },
    ));

  it('though the event of one delivery cannot be read: that one fails, those after it arrive', () =>
    inWebhooksWorld(database, async (world) => {
      const { endpoint } = await world.endpoint('a');
      const [bad, ...good] = await world.happen(3);
      if (!bad) throw new Error('an event');
      await world.makeUnreadable(bad);
      await world.publish([bad, ...good]);
      await world.untilDone();
      expect(await statusesOf(world, endpoint)).toEqual(['failed', 'delivered', 'delivered']);
      const [failed] = await world.deliveries(endpoint.id);
      expect(failed?.attempts.at(-1)?.error).toBe('The event cannot be read.');
      expect(world.receiver('a').events.sort()).toEqual(good.map(({ id }) => id).sort());
      expect(await stateOf(world, endpoint)).toMatchObject({ since: undefined });
    }));
});
