import { pick } from 'es-toolkit';
import { describe, expect, it } from 'vitest';
import { batchItem } from '../../lib/payouts/dynamo-batch-items.ts';
import { chunkItem } from '../../lib/payouts/dynamo-chunk-items.ts';
import { payoutItem } from '../../lib/payouts/dynamo-payout-items.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import type { PayoutStatus } from '../../lib/payouts/payout.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { aBatch, aChunk, aPayout } from '../support/builders.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { Data, type Item, migrateDespiteCrash } from '../support/migrations.ts';

const database = await givenADatabase();
const VERSION = 7;
const files = migrationFiles().slice(0, VERSION);
const FACTS = {
  failure: { code: 'ACCOUNT_BLOCKED', message: '', retryable: false },
  bankId: 'bank-1',
  returned: { code: 'AC04', at: '2026-11-20T10:00:00.000Z' },
};
const OF_STATUS: Partial<Record<PayoutStatus, readonly (keyof typeof FACTS)[]>> = {
  pending: [],
  unknown: [],
  cancelled: [],
  retrying: ['failure'],
  failed: ['failure'],
  completed: ['bankId'],
  returned: ['bankId', 'returned'],
};
const STATUSES = Object.keys(OF_STATUS) as PayoutStatus[];

/** As the current code stores them. */
const payouts = (count: number, statuses = STATUSES) =>
  Array.from({ length: count }, (_, index) => {
    const status = statuses[index % statuses.length] as PayoutStatus;
    const position = index + 1;
    const id = payoutId({ batchId: 'batch' as BatchId, chunk: Math.ceil(position / 5), position });
    return payoutItem(aPayout({ id, status, ...pick(FACTS, [...(OF_STATUS[status] ?? [])]) })) as Item;
  });

/** The version before stores no keys of the index. */
const old = ({ gsi2pk: _, gsi2sk: __, ...item }: Item) => item as Item;
/** The version before has changed a payout, and left the keys of its last status. */
const left = (item: Item): Item => ({ ...old(item), gsi2pk: 'STATUS#unknown#1', gsi2sk: '2026-11-01T00:00:00.000Z#x' });
const sorted = (items: readonly Item[]) => items.toSorted((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
/** Batches have keys of the same index. */
const OTHERS = [batchItem(aBatch()), chunkItem(aChunk())] as Item[];

async function given(...items: Item[]): Promise<Data> {
  const data = await Data.given(database, ['payouts']);
  await data.putInto('payouts', ...items);
  await data.runner(files).force(VERSION - 1);
  return data;
}

describe('payouts', () => {
  it('that are unknown, failed or returned get into the index, and out of it on the way back', async () => {
    const now = payouts(14);
    const data = await given(...OTHERS, ...now.map(old));
    await data.runner(files).up();
    expect(await data.items('payouts')).toEqual(sorted([...OTHERS, ...now]));
    await data.runner(files).down();
    expect(await data.items('payouts')).toEqual(sorted([...OTHERS, ...now.map(old)]));
  });

  it('that the version before has changed during the migration lose the keys that do not fit', async () => {
    const now = payouts(14);
    const data = await given(...now.map(left));
    await data.runner(files).up();
    expect(await data.items('payouts')).toEqual(sorted(now));
  });

  it('are all found, page by page', async () => {
    const now = payouts(1_100, ['failed']);
    const data = await given(...now.map(old));
    await data.runner(files).up();
    expect(await data.items('payouts')).toEqual(sorted(now));
  });
});

for (const way of ['up', 'down'] as const) {
  const now = payouts(7);
  const [before, after, from] = way === 'up' ? [now.map(old), now, VERSION - 1] : [now, now.map(old), VERSION];

  await crashMatrix(`payouts by status migrate ${way}`, {
    async play(plan) {
      const data = await given(...before);
      await data.runner(files).force(from);
      await migrateDespiteCrash(data, files, way, plan);
      return data;
    },
    judge: async (data) => expect(await data.items('payouts')).toEqual(sorted(after)),
  });
}
