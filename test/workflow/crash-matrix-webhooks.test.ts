import { expect } from 'vitest';
import type { AppError } from '../../lib/kernel/errors.ts';
import { changeEndpoint, rotateSecret } from '../../lib/webhooks/change-endpoint.ts';
import type { NewSecret } from '../../lib/webhooks/create-endpoint.ts';
import type { DeliveryMessage } from '../../lib/webhooks/ports.ts';
import { replayDelivery, replayPage, requestReplay } from '../../lib/webhooks/replay.ts';
import type { CrashPlan } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { isSignedWith, WebhooksWorld } from '../support/webhooks-world.ts';

const database = await givenADatabase();
/** A message whose worker died comes again after this time at the latest. */
const REPEATED_MS = 130_000;

type Scenario = (world: WebhooksWorld, arm: () => void) => Promise<void>;

/** Two workers; calls one after the other, so that a scenario with a death is the same in each run. */
function play(scenario: Scenario): (plan: CrashPlan) => Promise<void> {
  return async (plan) => {
    const world = await WebhooksWorld.open(database, {
      plans: [plan],
      adjust: (deps) => ({ ...deps, policy: { ...deps.policy, inFlight: 1, pageSize: 2 } }),
    });
    return world.during(async () => {
      await world.play(() => scenario(world, () => plan.arm()));
      await expectSound(world);
    });
  };
}

/** Each event has one delivery for each endpoint; all have arrived, and the record has an attempt for each call but for lost answers. */
async function expectSound(world: WebhooksWorld): Promise<void> {
  const deliveries = await world.deliveries();
  const recorded = deliveries.flatMap(({ attempts }) => attempts);
  const calls = world.calls;
  expect(deliveries.filter(({ status }) => status !== 'delivered')).toEqual([]);
  expect(new Set(calls.map(({ id }) => id))).toEqual(new Set(deliveries.map(({ id }) => id)));
  expect(deliveries.every(({ attempts }) => attempts.at(-1)?.error === undefined)).toBe(true);
  expect(calls.length - recorded.length).toBeGreaterThanOrEqual(0);
  expect(calls.length - recorded.length).toBeLessThanOrEqual(1); // one process has died
}

await crashMatrix('events become deliveries', {
  who: 'topic',
  play: play(async (world, arm) => {
    const a = await world.endpoint('a');
    const b = await world.endpoint('b', { types: ['payment.*'] });
    await world.endpoint('c', { types: ['batch.*'] });
    const events = await world.happen(2);
    arm();
    await world.publish(events);
    await world.publish(events.toReversed());
    await world.untilDone();
    const ids = events.map(({ id }) => id).sort();
    for (const { endpoint } of [a, b]) {
      const stored = await world.deliveries(endpoint.id);
      expect(stored.map(({ event }) => event.position.slice(25)).sort()).toEqual(ids);
    }
    expect(await world.deliveries()).toHaveLength(4);
  }),
});

await crashMatrix('a worker sends what is due; the first attempt fails with a long answer', {
  who: 'worker',
  play: play(async (world, arm) => {
    const { endpoint } = await world.endpoint('a');
    const receiver = world.receiver('a');
    receiver.answer = () =>
      receiver.calls.length === 1 ? { status: 500, body: 'x'.repeat(1_000) } : { status: 200, body: 'ok' };
    const events = await world.happen(2);
    await world.publish(events);
    arm();
    await world.untilDone();
    expect(new Set(receiver.events)).toEqual(new Set(events.map(({ id }) => id)));
    const attempts = (await world.deliveries(endpoint.id)).flatMap((each) => each.attempts);
    // The worker that made the first call may have died before its record.
    expect(attempts.filter(({ status }) => status === 500).length).toBeLessThanOrEqual(1);
    expect(attempts.filter(({ status }) => status === 200)).toHaveLength(2);
    const lost = (await world.deliveries()).flatMap(({ id, attempts: of }) => of.map((each, at) => ({ id, at, each })));
    for (const { id, at, each } of lost.filter(({ each: { hasMore } }) => hasMore)) {
      expect((await world.deps.deliveries.answers(id)).get(at + 1)).toHaveLength(1_000);
      expect(each.answer).toHaveLength(256);
    }
  }),
});

await crashMatrix('an endpoint that is gone is disabled, then a person enables it', {
  who: 'worker',
  play: play(async (world, arm) => {
    const { endpoint } = await world.endpoint('a', { types: ['payment.*'] });
    const receiver = world.receiver('a');
    receiver.answer = () => ({ status: 410 });
    await world.publish(await world.happen(1));
    arm();
    const isDisabled = async () => !(await world.deps.endpoints.read(endpoint.id))?.enabled;
    await world.until(isDisabled, 10 * REPEATED_MS, async () => 'enabled');
    await world.publish(await world.happen(2));
    receiver.answer = () => ({ status: 200 });
    await world.insist('client', (deps) => changeEndpoint(deps, endpoint.id, { enabled: true }));
    await world.untilDone();
    const types = (await world.events()).map(({ type }) => type).filter((type) => /^webhook/.test(type));
    expect(types).toEqual(['changed', 'created', 'disabled'].map((what) => `webhook_endpoint.${what}`));
    expect((await world.deps.turns.read([endpoint.id])).get(endpoint.id)?.failingSince).toBeUndefined();
  }),
});

await crashMatrix('a range is sent again, with events whose delivery was lost', {
  who: 'replay',
  play: play(async (world, arm) => {
    const { endpoint } = await world.endpoint('a', { types: ['payment.*'] });
    const from = world.clock.now();
    const [, ...stored] = await world.happen(3);
    await world.publish(stored);
    await world.clock.sleep(2_000);
    arm();
    const range = { from, to: from + 1_000 };
    const message: DeliveryMessage = { kind: 'replay', endpointId: endpoint.id, replayId: 'r-1', range };
    await world.insist('replay', (deps) => replayPage(deps, message)); // a worker gets the second page
    await world.clock.sleep(REPEATED_MS);
    await world.untilDone();
    const deliveries = await world.deliveries(endpoint.id);
    expect(deliveries.map(({ replays }) => replays).sort()).toEqual([0, 1, 1]);
    expect(deliveries.map(({ attempts }) => attempts.length).sort()).toEqual([1, 2, 2]);
  }),
});

await crashMatrix('all that failed is sent again, and one that was delivered, when the endpoint is enabled', {
  who: 'client',
  play: play(async (world, arm) => {
    const { endpoint } = await world.endpoint('a', { types: ['payment.*'] });
    const receiver = world.receiver('a');
    receiver.answer = () => ({ status: 200 });
    await world.publish(await world.happen(2));
    await world.untilDone();
    const [delivered, other] = await world.deliveries(endpoint.id);
    if (!delivered || !other) throw new Error('two deliveries');
    await world.deps.deliveries.replace(other, { ...other, status: 'failed' });
    await changeEndpoint(world.deps, endpoint.id, { enabled: false });
    arm();
    const again = await world.insist('client', (deps) => replayDelivery(deps, delivered.id));
    await world.insist('client', (deps) => requestReplay(deps, endpoint.id, undefined));
    await world.insist('client', (deps) => changeEndpoint(deps, endpoint.id, { enabled: true }));
    await world.clock.sleep(REPEATED_MS);
    await world.untilDone();
    expect([undefined, 'INVALID_STATE']).toContain((again as AppError).code); // it was replayed before the death
    const replays = (await world.events()).filter(({ type }) => type === 'webhook_delivery.replayed');
    const after = await world.deliveries(endpoint.id);
    expect(after.find(({ id }) => id === delivered.id)?.replays).toBe(replays.length);
    expect(after.find(({ id }) => id === other.id)?.replays).toBeGreaterThanOrEqual(1);
    const changes = (await world.events()).filter(({ type }) => type === 'webhook_endpoint.changed');
    expect(changes.map(({ data }) => data.enabled)).toEqual([false, true]);
  }),
});

await crashMatrix('a secret is rotated', {
  who: 'client',
  play: play(async (world, arm) => {
    const { endpoint, secret: old } = await world.endpoint('a', { types: ['payment.*'] });
    const key = world.newKey();
    arm();
    const rotated = await world.insist('client', (deps) => rotateSecret(deps, endpoint.id, { overlapMs: 60_000 }, key));
    const { secret, replayed } = rotated as NewSecret;
    expect(secret === undefined).toBe(replayed); // the answer with the secret is lost if the process dies after the write
    await world.publish(await world.happen(1));
    await world.untilDone();
    const { signatures, ...call } = world.receiver('a').calls[0] ?? { signatures: [] };
    expect(signatures).toHaveLength(2);
    for (const each of secret === undefined ? [old] : [old, secret]) {
      expect(isSignedWith(each, { ...call, signatures } as Parameters<typeof isSignedWith>[1])).toBe(true);
    }
    expect((await world.events()).filter(({ type }) => type === 'webhook_endpoint.secret_rotated')).toHaveLength(1);
  }),
});
