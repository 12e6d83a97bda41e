import { expect, it } from 'vitest';
import { type Batch, chunkRanges } from '../../lib/payouts/batch.ts';
import { claimOf, keysOf } from '../../lib/payouts/claim.ts';
import { batchItem } from '../../lib/payouts/dynamo-batch-items.ts';
import { claimItem, claimOfItem } from '../../lib/payouts/dynamo-claim-items.ts';
import { payoutItem, payoutOf } from '../../lib/payouts/dynamo-payout-items.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { aBatch, aPayout } from '../support/builders.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { Data, type Item, migrateDespiteCrash } from '../support/migrations.ts';

const VERSION = 8;
const database = await givenADatabase();
const files = migrationFiles().slice(0, VERSION);
const PIX = { destination: { type: 'pix', pixKey: 'someone@example.com' } };
const failure = { code: 'ACCOUNT_BLOCKED', message: '', retryable: true };

/** A batch of PIX items with these ids, as the older code stored it. */
function items(
  id: string,
  createdAt: string,
  ids: readonly string[],
  { payout = {}, batch = {} }: Changes = {},
): Item[] {
  const batchId = id as BatchId;
  const header = aBatch({
    id: batchId,
    total: ids.length,
    chunkSize: 2,
    chunkCount: Math.ceil(ids.length / 2),
    createdAt,
    ...batch,
  });
  const payouts = chunkRanges(ids.length, 2).flatMap(({ chunk, first, last }) =>
    ids
      .slice(first - 1, last)
      .map((externalId, index) =>
        aPayout({ ...PIX, id: payoutId({ batchId, chunk, position: first + index }), externalId, ...payout }),
      ),
  );
  return [batchItem(header), ...payouts.map(payoutItem)] as Item[];
}
type Changes = { readonly payout?: object; readonly batch?: Partial<Batch> };

const OLDER = items('b-older', '2026-11-01T00:00:00.000Z', ['one', 'two', 'three'], {
  payout: { status: 'completed', bankId: 'b' },
});
const NEWER = items('a-newer', '2026-11-02T00:00:00.000Z', ['three', 'four']);
const FREE = [
  ...items('failed', '2026-10-01T00:00:00.000Z', ['four', 'five'], { payout: { status: 'failed', failure } }),
  ...items('rejected', '2026-10-01T00:00:00.000Z', ['four', 'five'], { batch: { status: 'rejected' } }),
];
const VENDORS = items('vendors', '2026-10-01T00:00:00.000Z', ['one', 'two'], {
  payout: { destination: { type: 'bank_account', bankAccount: '123', bankName: 'BCA' } },
});
const ALL = [...NEWER, ...OLDER, ...FREE, ...VENDORS];

async function given(stored: readonly Item[]): Promise<Data> {
  const data = await Data.given(database, ['payouts']);
  await data.putInto('payouts', ...stored);
  await data.runner(files).force(VERSION - 1);
  return data;
}

/** Which payout has which id. */
const HOLDERS = {
  one: 'b-older.0001.000001',
  two: 'b-older.0001.000002',
  three: 'b-older.0002.000003',
  four: 'a-newer.0001.000002',
};
const holdersIn = (stored: readonly Item[]) =>
  Object.fromEntries(
    stored
      .filter(({ sk }) => sk === 'CLAIM')
      .map(claimOfItem)
      .map(({ value, holder }) => [value, holder]),
  );
const payoutIn = (stored: readonly Item[], id: string) =>
  stored
    .filter(({ sk }) => sk.startsWith('PAYOUT#'))
    .map(payoutOf)
    .find((payout) => payout.id === id) as Payout;

async function expectMigrated(data: Data): Promise<void> {
  const stored = await data.items('payouts');
  expect(holdersIn(stored)).toEqual(HOLDERS);
  expect(keysOf(payoutIn(stored, 'a-newer.0001.000001'))).toEqual([]);
  const others = stored.filter(({ sk, pk }) => sk !== 'CLAIM' && pk !== 'BATCH#a-newer#0001');
  expect(others).toEqual(ALL.filter(({ pk }) => pk !== 'BATCH#a-newer#0001').sort(byKey));
}
const byKey = (a: Item, b: Item) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1);

it('gives each id of PIX items to the oldest payout that may be paid', async () => {
  const data = await given(ALL);
  await data.runner(files).up(1);
  await expectMigrated(data);
});

it('stores claims as the service does, and changes nothing when it is repeated', async () => {
  const data = await given(ALL);
  await data.runner(files).up(1);
  const once = await data.items('payouts');
  const holder = payoutIn(once, HOLDERS.one);
  const [key] = keysOf(holder);
  if (!key) throw new Error('a PIX item claims its id');
  const wanted = claimItem(claimOf(key, holder, { run: 0, stamp: holder.id, seen: undefined }));
  expect(once.find(({ pk }) => pk === wanted.pk)).toEqual(wanted);
  await data.runner(files).force(VERSION - 1);
  await data.runner(files).up(1);
  expect(await data.items('payouts')).toEqual(once);
});

it('leaves the claims of newer batches', async () => {
  const [, newer] = NEWER;
  const payout = payoutOf(newer as Item);
  const [key] = keysOf(payout);
  if (!key) throw new Error('a PIX item claims its id');
  const claim = claimItem(claimOf(key, payout, { run: 0, stamp: 'of the new code', seen: undefined })) as Item;
  const data = await given([...ALL, claim]);
  await data.runner(files).up(1);
  const stored = await data.items('payouts');
  expect(stored.find(({ pk }) => pk === claim.pk)).toEqual(claim);
  expect(keysOf(payoutIn(stored, HOLDERS.three))).toEqual([]);
});

it('changes nothing on the way back', async () => {
  const data = await given(ALL);
  await data.runner(files).up(1);
  const before = await data.items('payouts');
  await data.runner(files).down(1);
  expect(await data.items('payouts')).toEqual(before);
});

await crashMatrix('PIX items migrate', {
  async play(plan) {
    const data = await given(ALL);
    await migrateDespiteCrash(data, files, 'up', plan);
    return data;
  },
  judge: expectMigrated,
});
