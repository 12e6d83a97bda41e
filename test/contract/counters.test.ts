import { describe, expect, it } from 'vitest';
import { type CloudEvent, cloudEvent } from '../../lib/events/cloud-event.ts';
import { countEvents } from '../../lib/events/count-events.ts';
import { type CountedEvent, countedEventSchema, nameOf } from '../../lib/events/counts.ts';
import { seededRandom } from '../support/clock.ts';
import { documentClient, givenAStack } from '../support/database.ts';
import { EventsWorld, paymentEvent } from '../support/events-world.ts';
import { between, cancelled, conflicting, losesFirstAnswerTo } from '../support/faults.ts';

const database = await givenAStack();

const arrived = (event: ReturnType<typeof paymentEvent>): CountedEvent => countedEventSchema.parse(cloudEvent(event));
const completed = (amount = '1250') => arrived(paymentEvent({}, { amount, latency_ms: 120 }));

async function totals(world: EventsWorld): Promise<Record<string, bigint>> {
  const counts = await world.metrics.counters.read();
  return Object.fromEntries(counts.map(({ series, by }) => [nameOf(series), by]));
}

describe.concurrent('the counters', () => {
  it('count payments by outcome and currency, their amounts, failures and durations', async () => {
    const world = await EventsWorld.open(database);
    await countEvents(world.metrics, [
      arrived(paymentEvent({ type: 'payment.created' })),
      arrived(paymentEvent({ type: 'payment.created' }, { currency: 'VND', amount: '70000' })),
      completed(),
      arrived(paymentEvent({ type: 'payment.failed' }, { failure_code: 'CARD_DECLINED', latency_ms: 61_000 })),
      arrived(paymentEvent({ type: 'payment.failed' }, { failure_code: 'CARD_DECLINED', latency_ms: 250 })),
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

  it('count an event once: twice in a batch, again in a later one, and together with new ones', async () => {
    const world = await EventsWorld.open(database);
    const [first, second, third] = [completed('1'), completed('10'), completed('100')];
    expect(await countEvents(world.metrics, [first, { ...first }])).toEqual({ done: [first, first] });
    await countEvents(world.metrics, [first, second]);
    await countEvents(world.metrics, [second, third, first]);
    await countEvents(world.metrics, [third, second, first]);
    expect(await totals(world)).toMatchObject({
      '["payments","completed","IDR"]': 3n,
      '["amounts","completed","IDR"]': 111n,
    });
  });

  it('count an event once when many consumers bring it at once, despite transaction conflicts', async () => {
    const dynamo = between(documentClient(), conflicting(1));
    const world = await EventsWorld.open(database, { dynamo });
    const events = Array.from({ length: 40 }, (_, index) => completed(`${2 ** index}`));
    const random = seededRandom(7);
    const batches = Array.from({ length: 24 }, () => events.toSorted(() => random() - 0.5).slice(0, 10));
    const reached = new Set(batches.flat());
    await Promise.all(batches.map((batch) => insist(() => countEvents(world.metrics, batch))));
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
      await countEvents(
        world.metrics,
        Array.from({ length: 10 }, () => completed(most)),
      );
    }
    expect(await totals(world)).toMatchObject({ '["amounts","completed","IDR"]': 30n * (2n ** 53n - 1n) });
  });

  it('count once when the answer to the write is lost', async () => {
    const dynamo = between(documentClient(), losesFirstAnswerTo('TransactWriteItemsCommand'));
    const world = await EventsWorld.open(database, { dynamo });
    await countEvents(world.metrics, [completed()]);
    expect(await totals(world)).toMatchObject({ '["payments","completed","IDR"]': 1n });
  });

  it('count nothing of a batch whose transaction fails', async () => {
    const dynamo = between(documentClient(), async (command, pass) => {
      if (command !== 'TransactWriteItemsCommand') return pass();
      throw cancelled('None', 'TransactionConflict');
    });
    const world = await EventsWorld.open(database, { dynamo });
    await expect(countEvents(world.metrics, [completed()])).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await totals(world)).toEqual({});
  });

  it('write the largest possible batch in one transaction', async () => {
    const world = await EventsWorld.open(database);
    const all = ['IDR', 'PHP', 'VND', 'USD', 'EUR', 'BRL', 'JPY', 'GBP', 'SGD', 'THB'].map((currency, index) =>
      arrived(
        paymentEvent(
          { type: `payment.${'abcdefghij'[index]}` as never },
          { currency, failure_code: `CODE_${index}`, latency_ms: index * 1_000 },
        ),
      ),
    );
    await countEvents(world.metrics, all);
    expect(Object.keys(await totals(world))).toHaveLength(50);
  });
});

it('count withdrawals by outcome and asset, and their failures, but not their amounts', async () => {
  const world = await EventsWorld.open(database);
  const of = (outcome: 'created' | 'failed' | 'retrying', data: object) =>
    arrived(paymentEvent({ type: `withdrawal.${outcome}` }, { asset: 'ETH', amount: '9'.repeat(78), ...data }));
  await countEvents(world.metrics, [
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
  it.each([
    ['another envelope', { specversion: '0.3' }],
    ['another event', { type: 'refund.created' }],
    ['no id', { id: '' }],
    ['no amount', { data: { currency: 'IDR' } }],
    ['an amount that is a number', { data: { amount: 12, currency: 'IDR' } }],
    ['a negative amount', { data: { amount: '-12', currency: 'IDR' } }],
    ['a fraction', { data: { amount: '1.5', currency: 'IDR' } }],
    ['no currency', { data: { amount: '12' } }],
  ])('%s', (_what, changes) => {
    const event: CloudEvent = cloudEvent(paymentEvent());
    expect(countedEventSchema.safeParse(event).success).toBe(true);
    expect(countedEventSchema.safeParse({ ...event, ...changes }).success).toBe(false);
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
