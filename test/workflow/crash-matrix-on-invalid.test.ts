import { expect } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { batchRequest } from '../../lib/payouts/batch-request.ts';
import { readRejected } from '../../lib/payouts/read-batches.ts';
import { payoutCrashes } from '../support/payout-crashes.ts';
import { BATCH } from '../support/scenario.ts';

const entry = (id: string, amount: number) => ({
  external_id: id,
  vendor_id: id,
  vendor_name: `Vendor ${id}`,
  amount,
  currency: 'USD',
  bank_account: '7310252528',
  bank_name: 'Bank Mandiri',
});
const payouts = [entry('a', 0), entry('b', 1), 'no entry', entry('c', 2), entry('d', 3)];

/** Two parts of rejected rows, and payouts that claim their ids: a batch whose creator dies is discarded, or continued. */
const request = batchRequest.parse(
  parseExact(
    JSON.stringify({ batch_id: BATCH, on_invalid: 'skip', payouts: [...payouts, { long: 'x'.repeat(200_000) }] }),
  ),
);

await payoutCrashes([
  {
    name: 'a batch is created without the invalid entries of its request',
    who: 'create',
    options: { settings: { PAYOUT_CHUNK_SIZE: 2 } },
    when: async (world, client) => {
      const answer = await client.create(request);
      if (answer instanceof AppError) throw answer;
      expect(answer.batch).toMatchObject({ total: 3, invalid: 3 });
      expect(await readRejected(world.deps, BATCH)).toEqual(request.rejected);
    },
  },
]);
