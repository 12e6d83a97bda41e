import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../../lib/audit/block.ts';
import { isSignedBy } from '../../lib/audit/head.ts';
import { sealEvents } from '../../lib/audit/seal-events.ts';
import { eventKey } from '../../lib/events/items.ts';
import { givenAStack } from '../support/database.ts';
import { PUBLIC_KEY, SealWorld } from '../support/seal-world.ts';

const database = await givenAStack();
const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id);
const MINUTE_MS = 60_000;

describe('the sealer', () => {
  it('seals new events within its next run, in the order of their times', async () => {
    const world = await SealWorld.open(database);
    const second = await world.happen(2, world.now - 1_000);
    const first = await world.happen(1, world.now - 2_000);
    expect(await world.seal()).toEqual({ sealed: 3, blocks: 1, late: 0, overtaken: false, behind_s: 120 });
    expect(await world.sealedIds()).toEqual(ids([...first, ...second]));
    const third = await world.happen(1);
    await world.seal();
    expect(await world.sealedIds()).toEqual(ids([...first, ...second, ...third]));
  });

  it('makes one chain of blocks with a signed head', async () => {
    const world = await SealWorld.open(database);
    await world.happen(10);
    await world.seal();
    const headers = (await world.blocks()).map(({ header }) => header);
    expect(headers.map(({ number, first, count }) => [number, first, count])).toEqual([
      [1, 1, 4],
      [2, 5, 4],
      [3, 9, 2],
    ]);
    const [one, two, three] = headers;
    if (!one || !two || !three) throw new Error('there are three blocks');
    expect([one.previous, two.previous, three.previous]).toEqual(['0'.repeat(64), hashOf(one), hashOf(two)]);
    const { signed } = (await world.deps.chain.head()) ?? {};
    expect(signed).toMatchObject({ number: 3, hash: hashOf(three), total: 10 });
    expect(signed && isSignedBy(PUBLIC_KEY, signed)).toBe(true);
  });

  it('writes no block if nothing happened, and seals nothing twice', async () => {
    const world = await SealWorld.open(database);
    await world.happen(5);
    await world.seal();
    for (let minute = 0; minute < 5; minute += 1) await world.seal();
    expect(await world.blocks()).toHaveLength(2);
  });

  it('seals an event that appears within the overlap, though later events are sealed', async () => {
    const world = await SealWorld.open(database);
    await world.happen(3);
    await world.seal();
    const late = await world.happen(1, world.now - 100_000);
    expect(await world.seal()).toMatchObject({ sealed: 1, late: 0 });
    expect((await world.sealedIds()).slice(3)).toEqual(ids(late));
  });

  it('finds an event that appears after the overlap when it reads again, within two hours', async () => {
    const world = await SealWorld.open(database);
    await world.seal();
    await world.happen(3);
    for (let minute = 0; minute < 10; minute += 1) await world.seal();
    const late = await world.happen(2, world.now - 8 * MINUTE_MS);
    let found = 0;
    for (let minute = 0; minute < 120; minute += 5) found += (await world.seal(5 * MINUTE_MS)).late;
    expect(found).toBe(2);
    expect((await world.sealedIds()).slice(3)).toEqual(ids(late));
  });

  it('gets further in each run, also through months without events', async () => {
    const world = await SealWorld.open(database);
    await world.seal();
    world.now += 90 * 24 * 60 * MINUTE_MS;
    const events = await world.happen(2);
    const days = (await world.deps.chain.head())?.from;
    // Its time is up at once, so each run reads one day.
    for (let run = 0; run < 5; run += 1) await sealEvents(world.deps, world.now);
    expect(days?.slice(0, 10)).toBe('2026-11-20');
    expect((await world.deps.chain.head())?.from).toBe('2026-11-25T00:00:00.000Z');
    await world.seal();
    expect(await world.sealedIds()).toEqual(ids(events));
  });

  it('seals all others if an event is unreadable, and fails with its name', async () => {
    const world = await SealWorld.open(database);
    const [broken, ...others] = await world.happen(4);
    if (!broken) throw new Error('there are events');
    await world.dynamo.send(
      new UpdateCommand({
        TableName: world.settings.EVENTS_TABLE,
        Key: eventKey(broken),
        UpdateExpression: 'SET #data = :data',
        ExpressionAttributeNames: { '#data': 'data' },
        ExpressionAttributeValues: { ':data': '{' },
      }),
    );
    await expect(world.seal()).rejects.toThrow(`1 events are unreadable: ${broken.subject} `);
    expect(await world.sealedIds()).toEqual(ids(others));
  });

  it('seals everything after an outage of days, in as many runs as it needs', async () => {
    const world = await SealWorld.open(database);
    await world.seal();
    const events = [];
    for (let hour = 0; hour < 60; hour += 1) events.push(...(await world.happen(2, world.now + hour * 60 * MINUTE_MS)));
    world.now += 60 * 60 * MINUTE_MS;
    const { chain, ...deps } = world.deps;
    let runs = 0;
    for (; (await world.sealedIds()).length < events.length; runs += 1) {
      let moves = 0;
      const move: typeof chain.move = async (head, block) => {
        moves += 1;
        return chain.move(head, block);
      };
      // Its time is up after two blocks.
      const now = () => world.now + (moves >= 2 ? 60 * MINUTE_MS : 0);
      await sealEvents({ ...deps, chain: { ...chain, move }, now }, world.now + 60_000);
    }
    expect(runs).toBeGreaterThan(10);
    expect(await world.sealedIds()).toEqual(ids(events));
  });
});
