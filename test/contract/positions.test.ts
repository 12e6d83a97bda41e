import { expect, it } from 'vitest';
import { documentClient } from '../../lib/aws/clients.ts';
import { dynamoPositions } from '../../lib/recovery/dynamo-positions.ts';
import { givenADatabase } from '../support/database.ts';

const database = await givenADatabase();

it('positions are stored per recovery, and survive the container', async () => {
  const table = await database.newTable('SystemTable');
  const positions = dynamoPositions(documentClient(Date.now), table);
  expect(await positions.read('batches')).toBeUndefined();
  await positions.write('batches', 'b-1');
  await positions.write('jobs', 'job_1');
  await positions.write('batches', 'b-2');
  const later = dynamoPositions(documentClient(Date.now), table);
  expect([await later.read('batches'), await later.read('jobs')]).toEqual(['b-2', 'job_1']);
});
