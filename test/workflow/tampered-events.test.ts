import { generateKeyPairSync } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { headItem } from '../../lib/audit/items.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { eventKey, newEventItem } from '../../lib/events/items.ts';
import { Seals } from '../../scripts/verify/seals.ts';
import { givenAStack, itemsOf } from '../support/database.ts';
import { NOW, paymentEvent } from '../support/events-world.ts';
import { givenSealedEvents, PUBLIC_KEY, type SealWorld } from '../support/seal-world.ts';

const database = await givenAStack();
const given = () => givenSealedEvents(database);

async function verify({ deps: { chain }, dynamo, settings, now }: SealWorld, publicKey = PUBLIC_KEY) {
  const seals = new Seals();
  await seals.read(chain, publicKey);
  for (const item of await itemsOf(dynamo, settings.EVENTS_TABLE)) seals.addItem(item);
  await seals.readNew(chain);
  const found = seals.differences(now).map(({ check, message }) => `${check}: ${message}`);
  return { found, notes: seals.notes };
}

const key = (event: DomainEvent | undefined) => eventKey(event as DomainEvent);
const [FIFTH, SIXTH] = [4, 5];

/** What somebody with write access to the table may do, and what `verify` says of it. */
const TAMPERED: Record<
  string,
  { tamper: (world: SealWorld, events: DomainEvent[]) => Promise<unknown>; found: RegExp[] }
> = {
  'a changed amount': {
    tamper: ({ dynamo, settings }, events) =>
      dynamo.send(
        new UpdateCommand({
          TableName: settings.EVENTS_TABLE,
          Key: key(events[FIFTH]),
          UpdateExpression: 'SET #data = :data',
          ExpressionAttributeNames: { '#data': 'data' },
          ExpressionAttributeValues: { ':data': JSON.stringify({ ...events[FIFTH]?.data, amount: '1' }) },
        }),
      ),
    found: [/^sealed: block 2, event 5 \(payment.completed:pay_\d+\): it was changed$/],
  },
  'a changed request id': {
    tamper: ({ dynamo, settings }, events) =>
      dynamo.send(
        new PutCommand({
          TableName: settings.EVENTS_TABLE,
          Item: newEventItem({ ...(events[FIFTH] as DomainEvent), requestId: 'another' }),
        }),
      ),
    found: [/^sealed: block 2, event 5 .*: it was changed$/],
  },
  'a removed event': {
    tamper: ({ dynamo, settings }, events) =>
      dynamo.send(new DeleteCommand({ TableName: settings.EVENTS_TABLE, Key: key(events[FIFTH]) })),
    found: [/^sealed: block 2, event 5 .*: it was removed$/],
  },
  'an inserted event': {
    tamper: (world) => world.store(paymentEvent({ time: new Date(NOW + 4_500).toISOString() })),
    found: [
      /^unsealed: payment.completed:pay_\d+: is not sealed, but the sealer has read all events before .*inserted$/,
    ],
  },
  'two events that changed places': {
    tamper: async (world, events) => {
      const [five, six] = [events[FIFTH], events[SIXTH]] as [DomainEvent, DomainEvent];
      for (const event of [five, six]) {
        await world.dynamo.send(new DeleteCommand({ TableName: world.settings.EVENTS_TABLE, Key: eventKey(event) }));
      }
      await world.store({ ...five, time: six.time }, { ...six, time: five.time });
    },
    found: [
      /^sealed: block 2, event 5 .*: it was moved from 2026-11-20T10:00:04.000Z to 2026-11-20T10:00:05.000Z$/,
      /^sealed: block 2, event 6 .*: it was moved from 2026-11-20T10:00:05.000Z to 2026-11-20T10:00:04.000Z$/,
    ],
  },
};

describe('verify', () => {
  it('finds nothing in an untouched log, and says until when it is sealed', async () => {
    const { world } = await given();
    await world.happen(2);
    const { found, notes } = await verify(world);
    expect(found).toEqual([]);
    expect(notes).toEqual(['sealed until 2026-11-20T10:06:00.000Z: 10 events in 3 blocks; not sealed yet: 2']);
  });

  it.each(Object.entries(TAMPERED))('names %s', async (_name, { tamper, found: expected }) => {
    const { world, events } = await given();
    await tamper(world, events);
    const { found } = await verify(world);
    expect(found).toHaveLength(expected.length);
    for (const [index, message] of expected.entries()) expect(found[index]).toMatch(message);
  });

  it('names the first block that differs', async () => {
    const { world, events } = await given();
    for (const event of [events[9], events[5], events[2]]) {
      await world.dynamo.send(new DeleteCommand({ TableName: world.settings.EVENTS_TABLE, Key: key(event) }));
    }
    const { found, notes } = await verify(world);
    expect(found).toHaveLength(3);
    expect(found[0]).toMatch(/^sealed: block 1, event 3/);
    expect(notes).toContain('the first block that differs is 1');
  });

  it('names events that wait because the sealer does not run', async () => {
    const { world } = await given();
    await world.happen(1);
    world.now += 10 * 60_000;
    const { found } = await verify(world);
    expect(found).toEqual([expect.stringMatching(/^unsealed: .*: the sealer has not run since 2026-11-20T10:06/)]);
  });

  it('names a head without its signature', async () => {
    const { world } = await given();
    await world.dynamo.send(
      new UpdateCommand({
        TableName: world.settings.SEALS_TABLE,
        Key: { pk: 'HEAD', sk: 'HEAD' },
        UpdateExpression: 'REMOVE signed',
      }),
    );
    expect((await verify(world)).found[0]).toBe('chain: the head: it has no signature');
  });

  it('names a head that another key has signed', async () => {
    const { world } = await given();
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect((await verify(world, other)).found).toEqual(['chain: the head: its signature is not of this key']);
  });

  it('names a head that was moved back together with the list and the events', async () => {
    const { world, events } = await given();
    const older = await world.deps.chain.head();
    await world.happen(1);
    await world.seal();
    const table = world.settings.SEALS_TABLE;
    const items = await itemsOf(world.dynamo, table);
    const last = items.filter(({ pk }) => pk === 'BLOCKS').at(-1);
    await world.dynamo.send(new DeleteCommand({ TableName: table, Key: { pk: last?.pk, sk: last?.sk } }));
    if (!older) throw new Error('there is a head');
    await world.dynamo.send(new PutCommand({ TableName: table, Item: headItem(older) }));
    const sealed = new Set(events.map(({ id }) => id));
    for (const { pk, sk } of await itemsOf(world.dynamo, world.settings.EVENTS_TABLE)) {
      if (sealed.has(`${sk}`.slice(25))) continue;
      await world.dynamo.send(new DeleteCommand({ TableName: world.settings.EVENTS_TABLE, Key: { pk, sk } }));
    }
    expect((await verify(world)).found).toEqual(['chain: the head: it was moved back to block 3 from block 4']);
  });
});

/** What somebody with write access to the bucket and the list may do to the second of three blocks. */
describe('verify of the bucket', () => {
  async function objectOf({ objects, settings: { AUDIT_BUCKET: Bucket } }: SealWorld, number: number) {
    const Prefix = `blocks/${String(number).padStart(12, '0')}`;
    const { Contents: [{ Key } = {}] = [] } = await objects.send(new ListObjectsV2Command({ Bucket, Prefix }));
    const { Body } = await objects.send(new GetObjectCommand({ Bucket, Key }));
    return { Bucket, Key, block: JSON.parse((await Body?.transformToString()) ?? '') };
  }
  type Stored = Awaited<ReturnType<typeof objectOf>>['block'];

  it.each<[string, (block: Stored) => void, RegExp]>([
    [
      'a header',
      (block) => Object.assign(block.header, { sealed_at: '2026-11-20T10:01:00.001Z' }),
      /^chain: block 2: its header was changed$/,
    ],
    ['an event less', (block) => block.entries.pop(), /^chain: block 2: it has 3 events, but was sealed with 4$/],
    [
      'two entries in another order',
      (block) => block.entries.reverse(),
      /^chain: block 2: its events are not those that were sealed, or in another order$/,
    ],
    [
      'a forged hash',
      (block) => Object.assign(block.entries[1], { hash: 'a'.repeat(64) }),
      /^chain: block 2: its events are not those that were sealed/,
    ],
  ])('names %s', async (_name, change, expected) => {
    const { world } = await given();
    const { Bucket, Key, block } = await objectOf(world, 2);
    change(block);
    await world.objects.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(block) }));
    expect((await verify(world)).found[0]).toMatch(expected);
  });

  it('names a removed block', async () => {
    const { world } = await given();
    const { Bucket, Key } = await objectOf(world, 2);
    await world.objects.send(new DeleteObjectCommand({ Bucket, Key }));
    const { found, notes } = await verify(world);
    expect(found[0]).toBe('chain: block 2: it was removed from the bucket');
    expect(notes).toContain('the first block that differs is 2');
  });

  it('names a block that was removed from the list', async () => {
    const { world } = await given();
    const [, second] = (await itemsOf(world.dynamo, world.settings.SEALS_TABLE)).filter(({ pk }) => pk === 'BLOCKS');
    await world.dynamo.send(
      new DeleteCommand({ TableName: world.settings.SEALS_TABLE, Key: { pk: second?.pk, sk: second?.sk } }),
    );
    expect((await verify(world)).found[0]).toBe(
      'chain: block 3: it follows block 1: blocks were removed, inserted or reordered',
    );
  });
});
