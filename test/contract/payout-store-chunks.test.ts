import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../lib/events/event.ts';
import { addCounts, totalsOf } from '../../lib/payouts/chunk.ts';
import type { ChunkStore } from '../../lib/payouts/chunk-store.ts';
import { reopen } from '../../lib/payouts/payout.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, cancelling, losesFirstAnswerTo } from '../support/faults.ts';
import {
  CREATED,
  DECLINED,
  LATER,
  leased,
  newChunkStore,
  outcome,
  PAID,
  payouts,
  REFUSED,
  take,
} from '../support/one-chunk.ts';
import { eventsOf } from '../support/outbox.ts';
import { ID, NOW } from '../support/payout-stores.ts';

const database = await givenADatabase();
const givenAChunk = (client = documentClient(), eventsTable = 'none') => newChunkStore(database, client, eventsTable);
const sumOf = async (chunks: ChunkStore) =>
  Object.values((await chunks.readAll(ID))[0]?.counts ?? {}).reduce((sum, count) => sum + count, 0);

describe.concurrent('a lease on a chunk', () => {
  it('is given to one of many workers at once; the others receive its end', async () => {
    const chunks = await givenAChunk();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => take(chunks, `worker-${index}`)));
    expect(answers.filter(({ kind }) => kind === 'leased')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'held')).toHaveLength(19);
    expect(answers.find(({ kind }) => kind === 'held')).toEqual({ kind: 'held', until: NOW + 10_000, round: 0 });
    expect(await chunks.readAll(ID)).toMatchObject([{ run: 1, counts: { processing: 3, pending: 0 } }]);
    expect(await sumOf(chunks)).toBe(3);
  });

  it('is given to one of many successors after it expired, and marks it as a successor', async () => {
    const chunks = await givenAChunk();
    expect(await leased(chunks, 'first')).toMatchObject({ previousLeaseAbandoned: false });
    const [early, ...late] = [
      await take(chunks, 'early', { now: NOW + 9_999 }),
      ...(await Promise.all(Array.from({ length: 10 }, (_, n) => take(chunks, `late-${n}`, { now: NOW + 10_000 })))),
    ];
    expect(early).toMatchObject({ kind: 'held' });
    expect(late.filter(({ kind }) => kind === 'leased')).toMatchObject([{ lease: { previousLeaseAbandoned: true } }]);
    expect(await sumOf(chunks)).toBe(3);
  });

  it('is not given for a chunk that is missing, done, not due, or of a later run', async () => {
    const chunks = await givenAChunk();
    expect(await take(chunks, 'worker', { chunk: 99 })).toEqual({ kind: 'missing' });
    await chunks.commitOutcomes(await leased(chunks, 'worker', { run: 2 }), outcome([]));
    expect(await take(chunks, 'worker', { run: 1, now: NOW + 5_000 })).toEqual({ kind: 'superseded' });
    expect(await take(chunks, 'worker', { run: 2 })).toEqual({
      kind: 'not_due',
      until: NOW + 3_000,
      round: 1,
    });
    const rest = await leased(chunks, 'worker', { run: 2, now: NOW + 3_000 });
    await chunks.commitOutcomes(rest, outcome([PAID, PAID, PAID]));
    expect(await take(chunks, 'worker', { run: 2, now: NOW + 9_000 })).toEqual({ kind: 'done' });
  });

  it('is not given for a message of an earlier round, leased or not', async () => {
    const chunks = await givenAChunk();
    await chunks.commitOutcomes(await leased(chunks, 'worker', { round: 0 }), outcome([]));
    const now = NOW + 3_000;
    expect(await take(chunks, 'late', { round: 0, now })).toEqual({ kind: 'superseded' });
    await leased(chunks, 'worker', { round: 1, now });
    expect(await take(chunks, 'late', { round: 0, now })).toEqual({ kind: 'superseded' });
    expect(await take(chunks, 'late', { round: 0, now: now + 10_000 })).toEqual({ kind: 'superseded' });
    expect(await take(chunks, 'second', { round: 1, now })).toEqual({ kind: 'held', until: now + 10_000, round: 1 });
    expect(await leased(chunks, 'without a round', { now: now + 10_000 })).toMatchObject({
      previousLeaseAbandoned: true,
    });
  });

  it('shows that recovery sent its message again, until it is taken or ends', async () => {
    const chunks = await givenAChunk();
    const readOne = async () => {
      const [chunk] = await chunks.readAll(ID);
      if (!chunk) throw new Error('there is a chunk');
      return chunk;
    };
    const fresh = await readOne();
    await chunks.markResent(fresh, NOW);
    expect(await readOne()).toEqual({ ...fresh, resentAt: NOW });
    const held = await leased(chunks, 'worker');
    await chunks.markResent(fresh, NOW); // The chunk was read before the lease.
    expect(await readOne()).not.toHaveProperty('resentAt');
    await chunks.markResent(await readOne(), NOW + 1);
    expect(await readOne()).toMatchObject({ resentAt: NOW + 1, lease: { owner: 'worker' } });
    await chunks.commitOutcomes(held, outcome([]));
    expect(await readOne()).not.toHaveProperty('resentAt');
  });

  it('is given although the answer was lost and the SDK sent the request again', async () => {
    const chunks = await givenAChunk(between(documentClient(), losesFirstAnswerTo('UpdateItemCommand')));
    expect(await take(chunks, 'worker')).toMatchObject({ kind: 'leased', lease: { previousLeaseAbandoned: true } });
  });
});

describe.concurrent('an outcome', () => {
  it('is written as a whole: payouts, counters, amounts, and the end of the lease', async () => {
    const chunks = await givenAChunk();
    const held = await leased(chunks, 'worker');
    expect(await chunks.commitOutcomes(held, outcome([PAID, REFUSED, DECLINED]))).toBe(true);
    expect(await chunks.readAll(ID)).toEqual([
      {
        batchId: ID,
        number: 1,
        size: 3,
        run: 1,
        rounds: 1,
        dueAt: NOW + 3_000,
        counts: { ...addCounts([]), completed: 1, failed: 1, retrying: 1 },
        failedRetryable: 0,
        completedAmounts: new Map([['PHP', 100n]]),
        failedAmounts: new Map([['PHP', 100n]]),
        cancelledAmounts: new Map(),
        returnedAmounts: new Map(),
      },
    ]);
    const [paid, retrying, declined] = payouts();
    expect(await chunks.readPayouts(ID, 1)).toEqual([
      { ...paid, status: 'completed', bankId: 'BANK-1', attempts: 1, updatedAt: LATER },
      {
        ...retrying,
        status: 'retrying',
        reference: `${retrying?.id}.2`,
        attempts: 1,
        failure: { code: 'RATE_LIMITED', message: 'Later.', retryable: true },
        updatedAt: LATER,
      },
      {
        ...declined,
        status: 'failed',
        attempts: 1,
        failure: { code: 'ACCOUNT_BLOCKED', message: 'No.', retryable: false },
        updatedAt: LATER,
      },
    ]);
  });

  it('removes the failure of a payout that is paid after all', async () => {
    const chunks = await givenAChunk();
    await chunks.commitOutcomes(await leased(chunks, 'worker'), outcome([REFUSED, REFUSED, REFUSED]));
    const before = await chunks.readPayouts(ID, 1);
    await chunks.commitOutcomes(
      await leased(chunks, 'worker', { now: NOW + 3_000 }),
      outcome([PAID, PAID, PAID], before),
    );
    for (const payout of await chunks.readPayouts(ID, 1)) {
      expect(payout).toMatchObject({ status: 'completed', attempts: 2, reference: `${payout.id}.2` });
      expect(payout).not.toHaveProperty('failure');
    }
  });

  it('without changed payouts still ends the lease', async () => {
    const chunks = await givenAChunk();
    expect(await chunks.commitOutcomes(await leased(chunks, 'worker'), outcome([]))).toBe(true);
    expect(await chunks.readAll(ID)).toMatchObject([{ counts: { pending: 3, processing: 0 }, rounds: 1 }]);
    expect((await chunks.readAll(ID))[0]?.lease).toBeUndefined();
  });

  it('may keep the lease', async () => {
    const chunks = await givenAChunk();
    const held = await leased(chunks, 'worker');
    expect(await chunks.commitOutcomes(held, { ...outcome([PAID]), keepLease: true })).toBe(true);
    expect((await chunks.readAll(ID))[0]?.lease).toEqual({ owner: 'worker', until: NOW + 10_000 });
    expect(await chunks.commitOutcomes(held, outcome([]))).toBe(true);
    expect((await chunks.readAll(ID))[0]?.lease).toBeUndefined();
  });

  it.for([
    ['with changed payouts', [PAID, PAID, PAID]],
    ['without changed payouts', []],
  ] as const)('%s is not written at all by a worker whose lease was taken over', async ([, findings]) => {
    const chunks = await givenAChunk();
    const lost = await leased(chunks, 'lost');
    await leased(chunks, 'successor', { now: NOW + 10_000 });
    const before = [await chunks.readAll(ID), await chunks.readPayouts(ID, 1)];
    expect(await chunks.commitOutcomes(lost, outcome(findings))).toBe(false);
    expect([await chunks.readAll(ID), await chunks.readPayouts(ID, 1)]).toEqual(before);
  });

  it('throws for payouts that changed without the lease', async () => {
    const chunks = await givenAChunk();
    await chunks.commitOutcomes(await leased(chunks, 'worker'), outcome([PAID]));
    const held = await leased(chunks, 'worker', { now: NOW + 3_000 });
    await expect(chunks.commitOutcomes(held, outcome([PAID]))).rejects.toThrow('changed without its lease');
  });

  it('is written after a transaction conflict, which is not a loss of the lease', async () => {
    const { client, left } = cancelling();
    const chunks = await givenAChunk(client);
    const held = await leased(chunks, 'worker');
    left.push(...Array(3).fill(['TransactionConflict', 'None']));
    expect(await chunks.commitOutcomes(held, outcome([PAID]))).toBe(true);
    expect(left).toEqual([]);
    expect(await chunks.readAll(ID)).toMatchObject([{ counts: { completed: 1 } }]);
  });

  it('is written once when the answer is lost and the SDK sends it again', async () => {
    let isArmed = false;
    const lose = losesFirstAnswerTo('TransactWriteItemsCommand');
    const chunks = await givenAChunk(
      between(documentClient(), (command, pass, input) => (isArmed ? lose(command, pass, input) : pass())),
    );
    const held = await leased(chunks, 'worker');
    isArmed = true;
    expect(await chunks.commitOutcomes(held, outcome([PAID, PAID, PAID]))).toBe(true);
    expect(await chunks.readAll(ID)).toMatchObject([{ counts: { completed: 3 } }]);
  });
});

describe.concurrent('re-opening', () => {
  it('happens once per run, and only without a lease', async () => {
    const chunks = await givenAChunk();
    const done = outcome([PAID, REFUSED, DECLINED], payouts(), 1);
    await chunks.commitOutcomes(await leased(chunks, 'worker'), done);
    const [chunk] = await chunks.readAll(ID);
    if (!chunk) throw new Error('the chunk');
    expect(chunk).toMatchObject({ failedRetryable: 1, counts: { completed: 1, failed: 2 } });

    const worked = (await chunks.readPayouts(ID, 1)).map((before) => ({ before, after: reopen(before, LATER) }));
    const reopened = {
      changes: worked.filter(({ before, after }) => before !== after),
      totals: totalsOf(worked.map(({ after }) => after)),
      rounds: 0,
      dueAt: 0,
    };
    const answers = await Promise.all([chunks.reopen(chunk, 2, reopened), chunks.reopen(chunk, 2, reopened)]);
    expect(answers.toSorted()).toEqual(['done', 'fenced']);
    expect(await chunks.reopen(chunk, 3, reopened)).toBe('fenced'); // a cancel that has read the chunk before
    expect(await chunks.readAll(ID)).toMatchObject([
      { run: 2, failedRetryable: 0, counts: { completed: 1, failed: 1, retrying: 1 } },
    ]);
    expect(await chunks.readPayouts(ID, 1)).toMatchObject([
      { status: 'completed' },
      { status: 'retrying', attempts: 0 },
      { status: 'failed', attempts: 1 },
    ]);
    await leased(chunks, 'worker', { run: 3, now: NOW + 5_000 });
    expect(await chunks.reopen(chunk, 4, { ...reopened, changes: [] })).toBe('fenced');
  });
});

describe.concurrent('a payout', () => {
  it('is read with its chunk in one request, or not at all', async () => {
    const chunks = await givenAChunk();
    expect(await chunks.readPayout({ batchId: ID, chunk: 1, position: 2 })).toMatchObject({
      payout: payouts()[1],
      chunk: { number: 1 },
    });
    expect(await chunks.readPayout({ batchId: ID, chunk: 1, position: 4 })).toBeUndefined();
    expect(await chunks.readPayout({ batchId: ID, chunk: 2, position: 2 })).toBeUndefined();
  });
});

describe.concurrent('a dead letter', () => {
  const deadLetter = { at: LATER, messageId: 'message-1', receives: 5 };

  const [dead, redriven] = (['batch.dead_lettered', 'batch.redriven'] as const).map((type): DomainEvent => {
    const id = `${type}:${ID}:1`;
    return { id, type, source: '/sluice/payouts', subject: ID, time: LATER, data: {} };
  }) as [DomainEvent, DomainEvent];

  async function givenAChunkWithEvents() {
    const eventsTable = await database.newTable('EventsTable');
    const chunks = await givenAChunk(documentClient(), eventsTable);
    return { chunks, events: async () => (await eventsOf(documentClient(), eventsTable)).map(({ type }) => type) };
  }

  it('is recorded once on a chunk with open payouts, and cleared once, each with its event', async () => {
    const { chunks, events } = await givenAChunkWithEvents();
    await chunks.recordDeadLetter(ID, 1, deadLetter, dead);
    await chunks.recordDeadLetter(ID, 1, { ...deadLetter, at: CREATED }, { ...dead, time: CREATED });
    expect(await chunks.readAll(ID)).toMatchObject([{ deadLetter }]);
    await chunks.clearDeadLetter(ID, 1, { ...deadLetter, messageId: 'message-2' }, redriven);
    expect(await events()).toEqual(['batch.dead_lettered']);
    await chunks.clearDeadLetter(ID, 1, deadLetter, redriven);
    await chunks.clearDeadLetter(ID, 1, deadLetter, { ...redriven, time: CREATED });
    expect((await chunks.readAll(ID))[0]).not.toHaveProperty('deadLetter');
    expect(await events()).toEqual(['batch.dead_lettered', 'batch.redriven']);
  });

  it('creates no missing chunk, and does not mark one that is done', async () => {
    const { chunks, events } = await givenAChunkWithEvents();
    await chunks.recordDeadLetter(ID, 9, deadLetter, dead);
    await chunks.clearDeadLetter(ID, 9, deadLetter, redriven);
    await chunks.commitOutcomes(await leased(chunks, 'worker'), outcome([PAID, PAID, PAID]));
    await chunks.recordDeadLetter(ID, 1, deadLetter, dead);
    expect(await chunks.readAll(ID)).toHaveLength(1);
    expect((await chunks.readAll(ID))[0]).not.toHaveProperty('deadLetter');
    expect(await events()).toEqual([]);
  });
});
