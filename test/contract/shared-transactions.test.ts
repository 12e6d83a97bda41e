import { setTimeout } from 'node:timers/promises';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { sharedReads } from '../../lib/aws/read.ts';
import { putNewItem, transactWriteNamed, tryTransactWriteNamed } from '../../lib/aws/transact.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, cancelled } from '../support/faults.ts';

const database = await givenADatabase();
const keyOf = (nth: number | string) => ({ pk: `thing-${nth}`, sk: '-' });
const many = (count: number) => Array.from({ length: count }, (_, nth) => nth);

/** A client that counts its calls, each of which takes a moment. `fault`: what happens to a call instead. */
async function given(fault: (nth: number) => Error | undefined = () => undefined) {
  const table = await database.newTable('OrdersTable');
  const calls: string[] = [];
  const client = between(documentClient(), async (command, pass) => {
    calls.push(command);
    const error = fault(calls.length);
    await setTimeout(20);
    if (error) throw error;
    return pass();
  });
  const write = (nth: number | string, by = `${nth}`) =>
    tryTransactWriteNamed(client, { thing: putNewItem(table, { ...keyOf(nth), by }) });
  const read = async (nth: number | string) =>
    (await documentClient().send(new GetCommand({ TableName: table, Key: keyOf(nth) }))).Item;
  return { client, table, calls, write, read };
}

describe.concurrent('small transactions of one process', () => {
  it('are written at once if they are alone, and together if they meet', async () => {
    const { calls, write, read } = await given();
    expect(await Promise.all(many(60).map((nth) => write(nth)))).toEqual(many(60).map(() => ({ done: true })));
    expect(calls).toHaveLength(3);
    for (const nth of many(60)) expect(await read(nth)).toMatchObject({ by: `${nth}` });
    await write('alone');
    expect(calls).toHaveLength(4);
  });

  it('have their own refusals, and the others are written', async () => {
    const { table, write, read } = await given();
    const taken = { ...keyOf(7), by: 'another process' };
    await documentClient().send(new PutCommand({ TableName: table, Item: taken }));
    const results = await Promise.all(many(20).map((nth) => write(nth)));
    for (const nth of many(20).filter((each) => each !== 7)) {
      expect(results[nth]).toEqual({ done: true });
      expect(await read(nth)).toMatchObject({ by: `${nth}` });
    }
    expect(results[7]).toEqual({ done: false, isTransient: false, refused: new Map([['thing', taken]]) });
  });

  it('write one item in different calls, and one of them is refused', async () => {
    const { calls, write, read } = await given();
    const both = await Promise.all([write(1), write(2), write(3, 'one'), write(3, 'other')]);
    const stored = await read(3);
    const [one, other] = both.slice(2);
    const [first, second] = stored?.by === 'one' ? [one, other] : [other, one];
    expect(first).toEqual({ done: true });
    expect(second).toMatchObject({ refused: new Map([['thing', stored]]) });
    expect(calls.length).toBeGreaterThan(3);
  });

  it('are at most 100 items', async () => {
    const { client, table, calls } = await given();
    const pairs = many(103).map((nth) => ({
      one: putNewItem(table, keyOf(`${nth}-one`)),
      other: putNewItem(table, keyOf(`${nth}-other`)),
    }));
    await Promise.all(pairs.map((pair) => transactWriteNamed(client, pair)));
    expect(calls).toHaveLength(5); // two alone, then 50, 50 and 1 together
  });

  it('that met a conflict are told so, and the others are written', async () => {
    const { calls, write } = await given((nth) => (nth === 3 ? cancelled('None', 'TransactionConflict') : undefined));
    const results = await Promise.all(many(4).map((nth) => write(nth)));
    expect(results.map(({ done }) => done)).toEqual([true, true, true, false]);
    expect(results[3]).toMatchObject({ isTransient: true, refused: new Map() });
    expect(calls).toHaveLength(4);
  });

  it('all get an error of the database, and the next are written', async () => {
    const { write } = await given((nth) => (nth === 3 ? new Error('no answer') : undefined));
    const results = await Promise.allSettled(many(4).map((nth) => write(nth)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(await write('next')).toEqual({ done: true });
  });
});

describe.concurrent('small reads of one process', () => {
  it('are one call if they meet, and each gets its own items', async () => {
    const { client, table, calls } = await given();
    for (const nth of many(10)) {
      await documentClient().send(new PutCommand({ TableName: table, Item: { ...keyOf(nth), by: `${nth}` } }));
    }
    const read = sharedReads(client, table);
    const found = await Promise.all(many(40).map((nth) => read([keyOf(nth % 20), keyOf(0)])));
    for (const [nth, items] of found.entries()) {
      const expected = nth % 20 < 10 ? [nth % 20, 0] : [0];
      expect(items).toEqual(expected.map((each) => ({ ...keyOf(each), by: `${each}` })));
    }
    expect(calls).toHaveLength(3);
  });
});
