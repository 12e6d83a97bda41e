import { describe, expect, it } from 'vitest';
import { aBatch } from '../support/builders.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, cancelling, losesFirstAnswerTo } from '../support/faults.ts';
import { givenStores, ID, NOW, newChunk } from '../support/payout-stores.ts';

const database = await givenADatabase();

describe.concurrent('new chunks', () => {
  it('leave existing ones, and are added', async () => {
    const { batches, chunks } = await givenStores(database);
    await batches.insert(aBatch({ id: ID }));
    await batches.insertChunks([newChunk(1, 2), newChunk(3, 2)]);
    const lease = { owner: 'worker', until: NOW + 10_000 };
    await chunks.lease({ batchId: ID, chunk: 3, run: 1, lease, now: NOW });
    const all = [1, 2, 3, 4].map((number) => newChunk(number, 2));
    await Promise.all([batches.insertChunks(all), batches.insertChunks(all)]);
    expect((await chunks.readAll(ID)).map(({ number, lease }) => [number, lease?.owner])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 'worker'],
      [4, undefined],
    ]);
    for (const { chunk, payouts } of all) expect(await chunks.readPayouts(ID, chunk.number)).toEqual(payouts);
  });

  it.for([
    [110, 1],
    [110, 7],
    [5, 49],
    [5, 50],
  ] as const)(
    '%i of %i payouts are stored with as few transactions as possible',
    { timeout: 30_000 },
    async ([count, size]) => {
      const sizes: number[] = [];
      const client = between(documentClient(), async (command, pass) => {
        if (command === 'TransactWriteItemsCommand') sizes.push(1);
        return pass();
      });
      const { batches, chunks } = await givenStores(database, client);
      await batches.insertChunks(Array.from({ length: count }, (_, index) => newChunk(index + 1, size)));
      expect((await chunks.readAll(ID)).map(({ number }) => number)).toEqual(
        Array.from({ length: count }, (_, i) => i + 1),
      );
      expect(await chunks.readPayouts(ID, count)).toHaveLength(size);
      expect(sizes).toHaveLength(Math.ceil(count / Math.floor(100 / (size + 1))));
    },
  );

  it('are stored after a transaction conflict, which is never a refusal', async () => {
    const { client, left } = cancelling(...Array(3).fill(['None', 'TransactionConflict', 'None']));
    const { batches, chunks } = await givenStores(database, client);
    await batches.insertChunks([newChunk(1, 2)]);
    expect(left).toEqual([]);
    expect(await chunks.readAll(ID)).toHaveLength(1);
  });

  it('are written once when the answer is lost and the SDK sends the write again', async () => {
    const client = between(documentClient(), losesFirstAnswerTo('TransactWriteItemsCommand'));
    const { batches, chunks } = await givenStores(database, client);
    await batches.insertChunks([newChunk(1, 2)]);
    expect(await chunks.readPayouts(ID, 1)).toEqual(newChunk(1, 2).payouts);
  });
});
