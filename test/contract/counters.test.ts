import { describe, expect, it } from 'vitest';
import { snsClient } from '../../lib/aws/clients.ts';
import { relayDeps } from '../../lib/dependencies/events.ts';
import { countsOf, nameOf } from '../../lib/events/counts.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { relayEvents } from '../../lib/events/relay-events.ts';
import { seededRandom } from '../support/clock.ts';
import { documentClient, givenAStack, itemsOf } from '../support/database.ts';
import { EventsWorld, paymentEvent } from '../support/events-world.ts';
import { between, cancelled, conflicting, losesFirstAnswerTo } from '../support/faults.ts';

const database = await givenAStack();

const completed = (amount = '1250') => paymentEvent({}, { amount, latency_ms: 120 });

/** Marks events that are stored already, as the relay does. */
const mark = (world: EventsWorld, events: readonly DomainEvent[]) =>
  world.relay.outbox.markPublished(events, world.now);

async function storeAndMark(world: EventsWorld, events: readonly DomainEvent[]): Promise<void> {
  await world.appendToOutbox(...events);
  await mark(world, events);
}

async function totals(world: EventsWorld): Promise<Record<string, bigint>> {
  const counts = await world.metrics.counters.read();
  return Object.fromEntries(counts.map(({ series, by }) => [nameOf(series), by]));
}

describe.concurrent('the counters', () => {
  it('count payments by outcome and currency, their amounts, failures and durations', async () => {
    const world = await EventsWorld.open(database);
    await storeAndMark(world, [
      paymentEvent({ type: 'payment.created' }),
      paymentEvent({ type: 'payment.created' }, { currency: 'VND', amount: '70000' }),
      completed(),
      paymentEvent({ type: 'payment.failed' }, { failure_code: 'CARD_DECLINED', latency_ms: 61_000 }),
      paymentEvent({ type: 'payment.failed' }, { failure_code: 'CARD_DECLINED', latency_ms: 250 }),
    ]);
    expect(await totals(world)).toEqual({
      '["payments","created","IDR"]': 1n,
      '["payments","created","VND"]': 1n,
      '["payments","completed","IDR"]': 1n,
      '["payments","failed","IDR"]': 2n,
      '["amounts","created","IDR"]': 1_250n,
      '["amounts","created","VND"]': 70_000n,
      '["amounts","completed","IDR"]': 1_250n,
      '["amounts","failed","IDR"]': 2_500n,
      '["failures","CARD_DECLINED"]': 2n,
      '["durations","completed","0.25"]': 1n,
      '["durations","failed","0.25"]': 1n,
      '["durations","failed","+Inf"]': 1n,
      '["duration_sums","completed"]': 120n,
      '["duration_sums","failed"]': 61_250n,
    });
  });

  it('count an event once: again in a later batch, and together with new ones', async () => {
    const world = await EventsWorld.open(database);
    const [first, second, third] = [completed('1'), completed('10'), completed('100')];
    await world.appendToOutbox(first, second, third);
    await mark(world, [first]);
    await mark(world, [first, second]);
    await mark(world, [second, third, first]);
    await mark(world, [third, second, first]);
    expect((await relayEvents(world.relay, [first, { ...first }])).done).toHaveLength(2);
    expect(await totals(world)).toMatchObject({
      '["payments","completed","IDR"]': 3n,
      '["amounts","completed","IDR"]': 111n,
    });
  });

  it('count an event once when many relays mark it at once, despite transaction conflicts', async () => {
    const dynamo = between(documentClient(), conflicting(1));
    const world = await EventsWorld.open(database, { dynamo });
    const events = Array.from({ length: 40 }, (_, index) => completed(`${2 ** index}`));
    const random = seededRandom(7);
    const batches = Array.from({ length: 24 }, () => events.toSorted(() => random() - 0.5).slice(0, 10));
    const reached = new Set(batches.flat());
    await world.appendToOutbox(...events);
    await Promise.all(batches.map((batch) => insist(() => mark(world, batch))));
    expect(await totals(world)).toEqual({
      '["payments","completed","IDR"]': BigInt(reached.size),
      '["amounts","completed","IDR"]': [...reached].reduce((sum, { data }) => sum + BigInt(String(data.amount)), 0n),
      '["durations","completed","0.25"]': BigInt(reached.size),
      '["duration_sums","completed"]': 120n * BigInt(reached.size),
    });
  });

  it('keep every digit above 2^53', async () => {
    const world = await EventsWorld.open(database);
    const most = `${2n ** 53n - 1n}`;
    for (let round = 0; round < 3; round += 1) {
      await storeAndMark(
        world,
        Array.from({ length: 10 }, () => completed(most)),
      );
    }
    expect(await totals(world)).toMatchObject({ '["amounts","completed","IDR"]': 30n * (2n ** 53n - 1n) });
  });

  it('count once when the answer to the write is lost', async () => {
    const world = await EventsWorld.open(database);
    const dynamo = between(documentClient(), losesFirstAnswerTo('TransactWriteItemsCommand'));
    const { outbox } = relayDeps(world.settings, { dynamo, topics: snsClient(Date.now) });
    const event = completed();
    await world.appendToOutbox(event);
    await outbox.markPublished([event], world.now);
    expect(await world.waiting()).toBe(0);
    expect(await totals(world)).toMatchObject({ '["payments","completed","IDR"]': 1n });
  });

  it('count nothing of a batch whose transaction fails, and leave its events waiting', async () => {
    const world = await EventsWorld.open(database);
    const dynamo = between(documentClient(), async (command, pass) => {
      if (command !== 'TransactWriteItemsCommand') return pass();
      throw cancelled('None', 'TransactionConflict');
    });
    const { outbox } = relayDeps(world.settings, { dynamo, topics: snsClient(Date.now) });
    const event = completed();
    await world.appendToOutbox(event);
    await expect(outbox.markPublished([event], world.now)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await totals(world)).toEqual({});
    expect(await world.waiting()).toBe(1);
  });

  it.each([1, 3, 60])('count 150 events of %i currencies', async (currencies) => {
    const world = await EventsWorld.open(database);
    const letter = (number: number) => String.fromCharCode(65 + number);
    const of = (index: number) => `X${letter(Math.floor(index / 26))}${letter(index % 26)}`;
    const events = Array.from({ length: 150 }, (_, index) => paymentEvent({}, { currency: of(index % currencies) }));
    await storeAndMark(world, events);
    const found = await totals(world);
    const counted = Object.entries(found).filter(([name]) => name.startsWith('["payments"'));
    expect(counted).toHaveLength(currencies);
    expect(counted.reduce((sum, [, count]) => sum + count, 0n)).toBe(150n);
    expect(await world.waiting()).toBe(0);
  });

  it('are spread over shards, and read as one', async () => {
    const world = await EventsWorld.open(database);
    for (let round = 0; round < 20; round += 1) await storeAndMark(world, [completed('1')]);
    const items = (await itemsOf(documentClient(), world.settings.EVENTS_TABLE)).filter(({ pk }) =>
      `${pk}`.startsWith('COUNTERS#'),
    );
    expect(items.length).toBeGreaterThan(5);
    expect(await totals(world)).toMatchObject({
      '["payments","completed","IDR"]': 20n,
      '["duration_sums","completed"]': 2_400n,
    });
  });
});

it('count withdrawals by outcome and asset, and their failures, but not their amounts', async () => {
  const world = await EventsWorld.open(database);
  const of = (outcome: 'created' | 'failed' | 'retrying', data: DomainEvent['data']) =>
    paymentEvent({ type: `withdrawal.${outcome}` }, { asset: 'ETH', amount: '9'.repeat(78), ...data });
  await storeAndMark(world, [
    of('created', {}),
    of('created', { asset: 'BTC' }),
    of('failed', { failure_code: 'ACCOUNT_BLOCKED', latency_ms: 5 }),
    of('retrying', { failure_code: 'RATE_LIMITED', reopened: false }),
    of('retrying', { failure_code: 'ACCOUNT_BLOCKED', reopened: true }),
  ]);
  expect(await totals(world)).toEqual({
    '["withdrawals","created","ETH"]': 1n,
    '["withdrawals","created","BTC"]': 1n,
    '["withdrawals","failed","ETH"]': 1n,
    '["withdrawals","retrying","ETH"]': 2n,
    '["withdrawals","reopened","ETH"]': 1n,
    '["withdrawal_failures","ACCOUNT_BLOCKED"]': 1n,
  });
});

describe('events that cannot be counted', () => {
  it.each<[string, DomainEvent['data']]>([
    ['no amount', { currency: 'IDR' }],
    ['an amount that is a number', { amount: 12, currency: 'IDR' }],
    ['a negative amount', { amount: '-12', currency: 'IDR' }],
    ['a fraction', { amount: '1.5', currency: 'IDR' }],
    ['no currency', { amount: '12' }],
  ])('%s', (_what, data) => {
    expect(() => countsOf({ type: 'payment.created', data })).toThrow();
    expect(countsOf({ type: 'refund.created', data })).toBeUndefined();
  });

  it('keep no others from being published, and wait', async () => {
    const world = await EventsWorld.open(database);
    const [strange, usual] = [{ ...completed(), data: { currency: 'IDR' } }, completed()];
    await world.appendToOutbox(strange, usual);
    const { done, left, failure } = await relayEvents(world.relay, [strange, usual]);
    expect([done, left, `${failure}`]).toEqual([[usual], [strange], `Error: cannot count ${strange.id}`]);
    expect(await totals(world)).toMatchObject({ '["payments","completed","IDR"]': 1n });
    expect(await world.waiting()).toBe(1);
  });
});

/** Handles a failed batch again, as a queue does. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'RATE_LIMITED') throw error;
    }
  }
}
