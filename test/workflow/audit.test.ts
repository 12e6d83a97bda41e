import { uniqBy } from 'es-toolkit';
import { describe, expect, it } from 'vitest';
import { type AuditParameters, auditRequestOf } from '../../lib/events/audit-request.ts';
import { type CloudEvent, cloudEvent } from '../../lib/events/cloud-event.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { dayPartition, newEventItem } from '../../lib/events/items.ts';
import { readAudit } from '../../lib/events/read-audit.ts';
import { relayEvents } from '../../lib/events/relay-events.ts';
import { EVENT_TYPES } from '../../lib/events/schemas.ts';
import type { AppError } from '../../lib/kernel/errors.ts';
import type { Page } from '../../lib/kernel/page.ts';
import { givenAStack } from '../support/database.ts';
import { EventsWorld, NOW, paymentEvent } from '../support/events-world.ts';

const database = await givenAStack();
const at = (time: string, changes: Parameters<typeof paymentEvent>[0] = {}) => paymentEvent({ ...changes, time });
const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id);

async function givenALog(...events: DomainEvent[]): Promise<EventsWorld> {
  const world = await EventsWorld.open(database);
  await world.appendToOutbox(...events);
  return world;
}

const time = (text: string) => Date.parse(text);

/** Reads all pages, and runs `between` after each of them. */
async function readAll(world: EventsWorld, params: AuditParameters, limit = 500, between = async () => {}) {
  const pages: (readonly CloudEvent[])[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: Page<CloudEvent> = await readAudit(world.audit, {
      ...(cursor === undefined ? params : { cursor }),
      limit,
    });
    pages.push(page.items);
    await between();
    if (page.cursor === undefined) return { pages, events: pages.flat() };
    cursor = page.cursor;
  }
}

describe.concurrent('the audit log', () => {
  it('has events of all types in their published form, before and after they are published', async () => {
    const events = EVENT_TYPES.map((type) => at('2026-11-20T09:00:00.000Z', { type })).map((event) => ({
      ...event,
      data: { ...event.data, asset: 'ETH', sums: { IDR: '1' }, none: null },
    }));
    const world = await givenALog(...events);
    const expected = events.map(cloudEvent).sort((a, b) => (a.id < b.id ? -1 : 1));
    expect((await readAll(world, {})).events).toEqual(expected);
    await relayEvents(world.relay, events);
    expect((await readAll(world, {})).events).toEqual(expected);
  });

  it('has an event once, and refuses different content under a known id', async () => {
    const event = at('2026-11-20T09:00:00.000Z');
    const world = await givenALog(event);
    const forged = { ...event, data: { ...event.data, amount: '999999' } };
    await expect(world.appendToOutbox(forged)).rejects.toThrow('is stored');
    expect((await readAll(world, {})).events).toEqual([cloudEvent(event)]);
  });

  it('is in the order of time, in any order of arrival', async () => {
    const times = ['2026-11-20T09:59:59.999Z', '2026-11-19T23:59:59.999Z', '2026-11-20T00:00:00.000Z'];
    const events = times.map((time) => at(time));
    const world = await givenALog(...events);
    expect((await readAll(world, {})).events.map((event) => event.time)).toEqual(times.toSorted());
  });

  it('includes the start of a range and excludes its end, across days', async () => {
    const events = [
      '2026-11-17T23:59:59.999Z',
      '2026-11-18T00:00:00.000Z',
      '2026-11-18T23:59:59.999Z',
      '2026-11-19T00:00:00.000Z',
      '2026-11-19T12:00:00.000Z',
      '2026-11-20T00:00:00.000Z',
    ].map((time) => at(time));
    const world = await givenALog(...events);
    const within = async (from: string, to: string) =>
      ids((await readAll(world, { from: time(from), to: time(to) })).events);
    expect(await within('2026-11-18T00:00:00Z', '2026-11-20T00:00:00Z')).toEqual(ids(events.slice(1, 5)));
    expect(await within('2026-11-18T00:00:00.001Z', '2026-11-19T00:00:00Z')).toEqual(ids(events.slice(2, 3)));
    expect(await within('2026-11-20T00:00:00Z', '2026-11-20T00:00:00.001Z')).toEqual(ids(events.slice(5)));
    expect(await within('2026-11-10T00:00:00Z', '2026-11-17T00:00:00Z')).toEqual([]);
  });

  it('shows the last 24 hours by default', async () => {
    const [before, first, last, after] = [
      '2026-11-19T09:59:59.999Z',
      '2026-11-19T10:00:00.000Z',
      '2026-11-20T09:59:59.999Z',
      '2026-11-20T10:00:00.000Z',
    ].map((time) => at(time)) as [DomainEvent, DomainEvent, DomainEvent, DomainEvent];
    const world = await givenALog(before, first, last, after);
    expect(ids((await readAll(world, {})).events)).toEqual(ids([first, last]));
    expect(ids((await readAll(world, { to: time('2026-11-19T10:00:00Z') })).events)).toEqual(ids([before]));
    expect(ids((await readAll(world, { from: time('2026-11-20T00:00:00Z') })).events)).toEqual(ids([last]));
  });

  it.each([1, 2, 7, 500])('returns the same events in pages of %i while new events arrive', async (limit) => {
    // Five events share each time: a cursor of the time alone would lose or repeat some.
    const times = ['2026-11-18T10:00:00.000Z', '2026-11-18T23:59:59.999Z', '2026-11-20T00:00:00.000Z'];
    const events = times.flatMap((time) => Array.from({ length: 5 }, () => at(time)));
    const world = await givenALog(...events);
    let came = 0;
    const { pages, events: read } = await readAll(world, { from: time('2026-11-18T00:00:00Z') }, limit, async () => {
      came += 1;
      world.now += 60_000; // `to` defaults to now and stays the time of the first page
      await world.appendToOutbox(at(new Date(NOW + came).toISOString()));
      await world.appendToOutbox(at('2026-11-18T09:00:00.000Z'));
    });
    expect(ids(read).sort()).toEqual(ids(events).sort());
    expect(pages.map(({ length }) => length)).toEqual([
      ...Array(Math.ceil(15 / limit) - 1).fill(limit),
      15 % limit || Math.min(limit, 15),
    ]);
  });

  it('returns many events of one day in the order of time, also if most are in one shard', async () => {
    const start = time('2026-11-19T12:00:00.000Z');
    const drawn = Array.from({ length: 3_000 }, (_, index) => at(new Date(start + index).toISOString()));
    const inOne = drawn.filter((event) => newEventItem(event).gsi2pk === dayPartition('2026-11-19', 7)).slice(0, 70);
    const events = [...inOne, ...drawn.filter((_, index) => index % 100 === 0)];
    const world = await givenALog(...uniqBy(events, ({ id }) => id));
    const expected = (await readAll(world, {}, 500)).events;
    expect(expected.map((event) => event.time)).toEqual(expected.map((event) => event.time).sort());
    expect(ids(expected).sort()).toEqual([...new Set(ids(events))].sort());
    expect(ids((await readAll(world, {}, 40)).events)).toEqual(ids(expected));
  });

  it('finds the events of a subject over any period, page by page', async () => {
    const subject = 'pay_1';
    const about = ['2019-01-01T00:00:00.000Z', '2026-11-20T00:00:00.000Z', '2026-11-20T00:00:00.000Z'].map((time) =>
      at(time, { subject }),
    );
    const world = await givenALog(...about, at('2026-11-20T00:00:00.000Z'), at('2020-01-01T00:00:00.000Z'));
    const from = time('2000-01-01T00:00:00Z');
    expect(ids((await readAll(world, { subject, from }, 1)).events)).toEqual(ids(about));
    expect(ids((await readAll(world, { subject })).events)).toEqual(ids(about.slice(1)));
    expect((await readAll(world, { subject: 'pay_2', from })).events).toEqual([]);
  });
});

describe('a request to the audit log', () => {
  const refusal = (params: AuditParameters) => {
    try {
      return auditRequestOf({ now: () => NOW }, params);
    } catch (error) {
      return (error as AppError).details;
    }
  };
  const cursorFor = async (params: AuditParameters) => {
    const world = await givenALog(at('2026-11-20T09:00:00.000Z'), at('2026-11-20T09:00:00.001Z'));
    return (await readAudit(world.audit, { ...params, limit: 1 })).cursor as string;
  };

  it.each<[string, AuditParameters, string]>([
    ['ends before it begins', { from: NOW, to: NOW - 1 }, 'from'],
    ['is empty', { from: NOW, to: NOW }, 'from'],
    ['begins after now', { from: NOW + 1 }, 'from'],
    ['is longer than a month', { from: NOW - 31 * 86_400_000 - 1, to: NOW }, 'from'],
    ['has an invalid cursor', { cursor: 'x' }, 'cursor'],
    ['has a cursor of another kind', { cursor: Buffer.from('{"from":"x"}').toString('base64url') }, 'cursor'],
  ])('that %s is refused, and the error names the field', (_what, params, path) => {
    expect(refusal(params)).toMatchObject([{ path }]);
  });

  it('may cover more than a month for one subject', () => {
    expect(refusal({ from: 946_684_800_000, subject: 'pay_1' })).toMatchObject({ subject: 'pay_1' });
  });

  it('may repeat its query beside the cursor, but not change it', async () => {
    const params = { from: NOW - 3_600_000, to: NOW };
    const cursor = await cursorFor(params);
    expect(refusal({ ...params, cursor })).toEqual(refusal({ cursor }));
    for (const other of [{ from: NOW - 1 }, { to: NOW + 1 }, { subject: 'pay_1' }]) {
      expect(refusal({ ...params, ...other, cursor })).toMatchObject([{ path: 'cursor' }]);
    }
  });
});
