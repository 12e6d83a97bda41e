import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { checkExport } from '../../lib/audit/check-export.ts';
import { type ExportLine, exportLog } from '../../lib/audit/export-log.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { eventKey } from '../../lib/events/items.ts';
import { seededRandom } from '../support/clock.ts';
import { givenAStack } from '../support/database.ts';
import { NOW } from '../support/events-world.ts';
import { givenSealedEvents, PUBLIC_KEY, type SealWorld } from '../support/seal-world.ts';

const database = await givenAStack();
const given = () => givenSealedEvents(database);
const RANGE = { from: new Date(NOW - 3_600_000).toISOString(), to: new Date(NOW + 24 * 3_600_000).toISOString() };

async function exported({ deps }: SealWorld, range = RANGE): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for await (const line of exportLog({ ...deps, publicKey: () => deps.signer.publicKey() }, range)) lines.push(line);
  return lines;
}

async function* textOf(lines: readonly unknown[]) {
  for (const line of lines) yield JSON.stringify(line);
}
const check = (lines: readonly unknown[], key: string | undefined = PUBLIC_KEY) => checkExport(textOf(lines), key);

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
    await world.dynamo.send(
      new DeleteCommand({ TableName: world.settings.EVENTS_TABLE, Key: eventKey(events[4] as DomainEvent) }),
    );
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
