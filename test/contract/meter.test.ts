import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { documentClient } from '../../lib/aws/clients.ts';
import { meter } from '../../lib/aws/meter.ts';
import { putNewItem, transactWrite } from '../../lib/aws/transact.ts';
import { givenADatabase } from '../support/database.ts';

const database = await givenADatabase();

describe('the meter', () => {
  beforeEach(() => {
    meter.units = { written: {}, read: {} };
  });

  it('counts a transactional write double in its table, and once in its index', async () => {
    const table = await database.newTable('PayoutsTable');
    const listed = { gsi2pk: 'OPEN', gsi2sk: '1' };
    const items = [
      { pk: 'a', sk: '-' },
      { pk: 'b', sk: '-', ...listed },
    ].map((item) => putNewItem(table, item));
    await transactWrite(documentClient(Date.now), items);
    expect(meter.units?.written).toEqual({ [table]: 4, [`${table}/gsi2`]: 1 });
  });

  it('counts started kilobytes', async () => {
    const table = await database.newTable('OrdersTable');
    const client = documentClient(Date.now);
    await client.send(new PutCommand({ TableName: table, Item: { pk: 'a', sk: '-', text: 'x'.repeat(1_500) } }));
    await client.send(new GetCommand({ TableName: table, Key: { pk: 'a', sk: '-' }, ConsistentRead: true }));
    expect(meter.units).toEqual({ written: { [table]: 2 }, read: { [table]: 1 } });
  });

  it('asks for no units unless the local gateway counts them', async () => {
    delete meter.units;
    const table = await database.newTable('OrdersTable');
    const put = new PutCommand({ TableName: table, Item: { pk: 'a', sk: '-' } });
    expect(await documentClient(Date.now).send(put)).not.toHaveProperty('ConsumedCapacity');
  });
});
