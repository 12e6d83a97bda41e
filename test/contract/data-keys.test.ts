import { describe, expect, it } from 'vitest';
import { dynamoDataKeys } from '../../lib/crypto/dynamo-data-keys.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, losesFirstAnswerTo } from '../support/faults.ts';

const database = await givenADatabase();
const KEY = { version: 2, wrapped: Buffer.of(1, 2), usableFrom: 0 };

describe.concurrent('a version of a data key', () => {
  it('was added by the process whose answer was lost, so that the SDK stored it again', async () => {
    const client = between(documentClient(), losesFirstAnswerTo('PutItemCommand'));
    const keys = dynamoDataKeys(client, await database.newTable('SystemTable'));
    expect(await keys.add('payouts', KEY)).toBe(true);
    expect(await keys.list('payouts')).toEqual([KEY]);
  });

  it('is added by one process only', async () => {
    const keys = dynamoDataKeys(documentClient(), await database.newTable('SystemTable'));
    expect(await keys.add('payouts', KEY)).toBe(true);
    expect(await keys.add('payouts', { ...KEY, wrapped: Buffer.of(1, 3) })).toBe(false);
    expect(await keys.list('payouts')).toEqual([KEY]);
  });
});
