import { generateKeyPairSync } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { checkExport } from '../../lib/audit/check-export.ts';
import { type ExportLine, exportLog } from '../../lib/audit/export-log.ts';
import { headItem } from '../../lib/audit/items.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { eventKey, newEventItem } from '../../lib/events/items.ts';
import { Seals } from '../../scripts/verify/seals.ts';
import { seededRandom } from '../support/clock.ts';
import { givenAStack, itemsOf } from '../support/database.ts';
import { NOW, paymentEvent } from '../support/events-world.ts';
import { PUBLIC_KEY, SealWorld } from '../support/seal-world.ts';

const database = await givenAStack();
const RANGE = { from: new Date(NOW - 3_600_000).toISOString(), to: new Date(NOW + 24 * 3_600_000).toISOString() };

/** Events of ten seconds in three sealed blocks of four, four and two, and an hour of sealing after that. */
async function given(): Promise<{ world: SealWorld; events: DomainEvent[] }> {
  const world = await SealWorld.open(database);
  const events: DomainEvent[] = [];
  for (let second = 0; second < 10; second += 1) events.push(...(await world.happen(1, NOW + second * 1_000)));
  for (let minute = 0; minute < 6; minute += 1) await world.seal();
  return { world, events };
}

async function verify({ deps: { chain }, dynamo, settings, now }: SealWorld, publicKey = PUBLIC_KEY) {
  const seals = new Seals();
  await seals.read(chain, publicKey);
  for (const item of await itemsOf(dynamo, settings.EVENTS_TABLE)) seals.addItem(item);
  await seals.readNew(chain);
  const found = seals.differences(now).map(({ check, message }) => `${check}: ${message}`);
  return { found, notes: seals.notes };
}

async function exported({ deps }: SealWorld, range = RANGE): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for await (const line of exportLog({ ...deps, publicKey: () => deps.signer.publicKey() }, range)) lines.push(line);
  return lines;
}

async function* textOf(lines: readonly unknown[]) {
  for (const line of lines) yield JSON.stringify(line);
}
const check = (lines: readonly unknown[], key: string | undefined = PUBLIC_KEY) => checkExport(textOf(lines), key);

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

describe('an exported file', () => {
  it('proves what it contains, without access to anything', async () => {
    const { world, events } = await given();
    const lines = await exported(world);
    expect(lines.flatMap((line) => (line.type === 'block' ? line.events.map(({ id }) => id) : []))).toEqual(
      events.map(({ id }) => id),
    );
    const { problems, proves } = await check(lines);
    expect(problems).toEqual([]);
    expect(proves).toEqual([
      'Events 1 to 10 were sealed in this order in blocks 1 to 3, at 2026-11-20T10:01:00.000Z to 2026-11-20T10:01:00.000Z by the clock of the service.',
      'None of them was changed, removed, inserted or moved since then.',
      `They include every event with a time from ${RANGE.from} up to ${RANGE.to} that was sealed in block 3 or before.`,
      expect.stringMatching(/^Block 3 and all before it are signed with the key [0-9a-f]{64}\.$/),
    ]);
  });

  it('has only the blocks of its range, and proves that no earlier block has events of it', async () => {
    const { world } = await given();
    const [from, to] = [4_500, 6_500].map((after) => new Date(NOW + after).toISOString()) as [string, string];
    const lines = await exported(world, { from, to });
    expect(lines.map((line) => (line.type === 'block' ? line.header.number : line.type))).toEqual([
      'audit_export',
      2,
      'head',
    ]);
    const { problems, proves } = await check(lines);
    expect(problems).toEqual([]);
    expect(proves[0]).toMatch(/^Events 5 to 8 were sealed in this order in blocks 2 to 2,/);
    const forged = lines.map((line) => (line.type === 'audit_export' ? { ...line, from: RANGE.from } : line));
    expect((await check(forged)).problems).toEqual([
      'blocks before the first one of the file have events of the range',
    ]);
  });

  it('says that its key is its own if the reader has none', async () => {
    const { world } = await given();
    const { problems, proves } = await checkExport(textOf(await exported(world)));
    expect(problems).toEqual([]);
    expect(proves.at(-1)).toMatch(/The key is from the file itself: compare it/);
  });

  it('is refused if the store differs from the seals', async () => {
    const { world, events } = await given();
    await world.dynamo.send(new DeleteCommand({ TableName: world.settings.EVENTS_TABLE, Key: key(events[4]) }));
    await expect(exported(world)).rejects.toThrow(/^Event 5 of block 2 .* is not stored as it was sealed/);
  });

  type Lines = Record<string, never>[] & {
    [at: number]: { events: { data: object }[]; leaves: string[]; header: object };
  };
  it.each<[string, (lines: Lines) => void, RegExp]>([
    [
      'a changed event',
      (lines) => Object.assign(lines[2]?.events[0]?.data as object, { amount: '1' }),
      /block 2: event 5 was changed or removed/,
    ],
    ['a removed event', (lines) => lines[2]?.events.shift(), /block 2: event 5 was changed or removed/],
    [
      'an inserted event',
      (lines) => lines[2]?.events.push({ ...lines[2].events[0], id: 'x' } as never),
      /block 2: x was changed or inserted/,
    ],
    ['reordered events', (lines) => lines[2]?.events.reverse(), /block 2: its events were reordered or repeated/],
    [
      'an event twice',
      (lines) => lines[2]?.events.push(lines[2].events[0] as never),
      /block 2: its events were reordered or repeated/,
    ],
    [
      'a removed event and its leaf',
      (lines) => [lines[2]?.events.pop(), lines[2]?.leaves.pop()],
      /block 2: it has 3 events, but was sealed with 4/,
    ],
    [
      'a changed header',
      (lines) => Object.assign(lines[2]?.header as object, { sealed_at: '2026-11-20T10:01:00.001Z' }),
      /block 3: it does not contain the hash/,
    ],
    ['a removed block', (lines) => lines.splice(2, 1), /block 3: it follows block 1/],
    [
      'reordered blocks',
      (lines) => lines.splice(1, 2, ...(lines.slice(1, 3).reverse() as never[])),
      /block 2: it follows block 0/,
    ],
    [
      'a removed last block',
      (lines) => lines.splice(3, 1),
      /the signed head: it signs block 3 with 10 events, but the chain ends with block 2 and 8 events/,
    ],
    ['no head', (lines) => lines.splice(4, 1), /the file is not complete/],
    ['no lines', (lines) => lines.splice(0), /the file is not complete/],
    ['an unknown line', (lines) => lines.push({ type: 'more' } as never), /line 6 is unreadable/],
  ])('is refused with %s', async (_name, change, problem) => {
    const { world } = await given();
    const lines = JSON.parse(JSON.stringify(await exported(world))) as Lines;
    change(lines);
    const { problems, proves } = await check(lines);
    expect(proves).toEqual([]);
    expect(problems[0]).toMatch(problem);
  });

  it('is refused after any change of a single character', async () => {
    const { world } = await given();
    const file = (await exported(world)).map((line) => JSON.stringify(line)).join('\n');
    const random = seededRandom(1);
    for (let nth = 0; nth < 300; nth += 1) {
      const at = Math.floor(random() * file.length);
      const other = file[at] === 'a' ? 'b' : 'a';
      if (file[at] === '\n') continue;
      const changed = `${file.slice(0, at)}${other}${file.slice(at + 1)}`;
      async function* lines() {
        yield* changed.split('\n');
      }
      const { problems } = await checkExport(lines(), PUBLIC_KEY);
      expect(problems.length, `character ${at}: ${file.slice(at - 40, at + 40)}`).toBeGreaterThan(0);
    }
  });
});
