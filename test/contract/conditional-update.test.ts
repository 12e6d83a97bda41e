import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { conditionalUpdate, conditionalUpdateWith, deleteItem, putNew } from '../../lib/aws/update.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, cancelled } from '../support/faults.ts';

const database = await givenADatabase();
const KEY = { pk: 'thing', sk: 'thing' };
const OTHER = { pk: 'other', sk: 'other' };

/** A client of a new table; its first writes conflict with a transaction on their item. */
async function given(conflicts = 0) {
  let left = conflicts;
  const client = between(documentClient(), async (command, pass) => {
    if (command === 'GetItemCommand' || left === 0) return pass();
    left -= 1;
    if (command === 'TransactWriteItemsCommand') throw cancelled('TransactionConflict', 'None');
    throw new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} });
  });
  const table = await database.newTable('OrdersTable');
  const read = async (Key: object) => (await client.send(new GetCommand({ TableName: table, Key: { ...Key } }))).Item;
  return { client, table, read };
}

const toDone = (table: string) => ({
  table,
  key: KEY,
  condition: 'attribute_not_exists(done)',
  change: { set: { done: true } },
});
const also = (table: string) => ({
  Put: { TableName: table, Item: OTHER, ConditionExpression: 'attribute_not_exists(pk)' },
});

describe.concurrent('a write that conflicts with a transaction', () => {
  it('is repeated until it succeeds', async () => {
    const { client, table, read } = await given(3);
    expect(await conditionalUpdate(client, toDone(table))).toEqual({ done: true, item: { ...KEY, done: true } });
    expect(await read(KEY)).toEqual({ ...KEY, done: true });
  });

  it('is also repeated when it creates the item', async () => {
    const { client, table, read } = await given(3);
    expect(await putNew(client, table, KEY)).toEqual({ done: true, item: KEY });
    expect(await read(KEY)).toEqual(KEY);
  });

  it('is also repeated when it deletes the item, whose condition may be refused', async () => {
    const { client, table, read } = await given(3);
    await documentClient().send(new PutCommand({ TableName: table, Item: KEY }));
    await deleteItem(client, { TableName: table, Key: KEY, ConditionExpression: 'attribute_exists(done)' });
    expect(await read(KEY)).toEqual(KEY);
    await deleteItem(client, { TableName: table, Key: KEY });
    expect(await read(KEY)).toBeUndefined();
  });

  it('reports the conflict in the end, and has written nothing', async () => {
    const { client, table, read } = await given(Number.POSITIVE_INFINITY);
    const contended = { code: 'RATE_LIMITED' };
    const writes = [
      conditionalUpdate(client, toDone(table)),
      putNew(client, table, KEY),
      deleteItem(client, { TableName: table, Key: KEY }),
      conditionalUpdateWith(client, toDone(table), also(table)),
    ];
    await Promise.all(writes.map((write) => expect(write).rejects.toMatchObject(contended)));
    expect(await read(KEY)).toBeUndefined();
  });
});

describe.concurrent('an update that writes another item too', () => {
  it('writes both together after a conflict', async () => {
    const { client, table, read } = await given(2);
    expect(await conditionalUpdateWith(client, toDone(table), also(table))).toEqual({ done: true });
    expect([await read(KEY), await read(OTHER)]).toEqual([{ ...KEY, done: true }, OTHER]);
  });

  it('writes nothing when it is refused, and returns the item found', async () => {
    const { client, table, read } = await given();
    await putNew(client, table, { ...KEY, done: 'before' });
    const found = { ...KEY, done: 'before' };
    expect(await conditionalUpdateWith(client, toDone(table), also(table))).toEqual({ done: false, found });
    expect([await read(KEY), await read(OTHER)]).toEqual([found, undefined]);
    const missing = { ...toDone(table), key: OTHER, condition: 'attribute_exists(pk)' };
    const brought = { Put: { ...also(table).Put, Item: { pk: 'third', sk: 'third' } } };
    expect(await conditionalUpdateWith(client, missing, brought)).toEqual({ done: false });
  });

  it('throws when only the other item is refused', async () => {
    const { client, table, read } = await given();
    await putNew(client, table, OTHER);
    await expect(conditionalUpdateWith(client, toDone(table), also(table))).rejects.toThrow(
      'only together with their update',
    );
    expect(await read(KEY)).toBeUndefined();
  });
});
