import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { entryAttribute } from '../../lib/ledger/items.ts';
import { captureEntry } from '../../lib/withdrawals/entries.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { withdrawalItem, withdrawalOf } from '../../lib/withdrawals/items.ts';
import { newWithdrawal, type Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { Data, type Item, migrateDespiteCrash } from '../support/migrations.ts';
import { ethRequest } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const VERSION = 9;
const files = migrationFiles().slice(0, VERSION);
const CREATED = Date.parse('2026-11-20T10:00:00.000Z');
const UPDATED = '2026-11-20T10:00:05.000Z';

function made(nth: number, changes: Partial<Withdrawal> = {}): Withdrawal {
  const key = `key-${nth}` as IdempotencyKey;
  const own = { id: withdrawalIdOf('ana' as UserId, key), key, requiredConfirmations: 3 };
  return { ...newWithdrawal(ethRequest(nth), own, CREATED), ...changes } as Withdrawal;
}

function completed(nth: number): Withdrawal {
  const transaction = { hash: '0x1', confirmations: 3 };
  const ended = made(nth, { status: 'COMPLETED', transaction, updatedAt: UPDATED, retryCycle: 1 + (nth % 3) });
  return { ...ended, capture: captureEntry(ended, UPDATED) } as Withdrawal;
}

const range = (many: number) => Array.from({ length: many }, (_, nth) => nth);
const NOW = range(5).map(completed);
/** Open, and paid from outside of the wallet. */
const OTHERS = [made(2_000), made(2_001, { status: 'COMPLETED', transaction: { hash: '0x1', confirmations: 3 } })];

const item = (withdrawal: Withdrawal) => withdrawalItem(withdrawal) as Item;
/** As the version before stores it. */
function old(withdrawal: Withdrawal): Item {
  const { capture } = withdrawal as Extract<Withdrawal, { status: 'COMPLETED' }>;
  return { ...item(withdrawal), ...(capture ? { capture: entryAttribute.encode(capture) } : {}) };
}
const sorted = (items: readonly Item[]) => items.toSorted((a, b) => (a.pk < b.pk ? -1 : 1));

async function given(...items: Item[]): Promise<Data> {
  const data = await Data.given(database, ['withdrawals']);
  await data.putInto('withdrawals', ...items);
  await data.runner(files).force(VERSION - 1);
  return data;
}

describe('the capture of a withdrawal', () => {
  it('that the version before has completed is read, and stays', async () => {
    expect(item(NOW[0] as Withdrawal)).not.toEqual(old(NOW[0] as Withdrawal));
    expect(NOW.map(old).map(withdrawalOf)).toEqual(NOW);
    const data = await given(...[...NOW, ...OTHERS].map(old));
    await data.runner(files).up();
    expect(await data.items('withdrawals')).toEqual(sorted([...NOW, ...OTHERS].map(old)));
  });

  it('that this version has completed is a whole entry on the way back, page by page', async () => {
    const many = range(1_100).map(completed);
    const data = await given(...[...many, ...OTHERS].map(item));
    await data.runner(files).up();
    await data.runner(files).down();
    expect(await data.items('withdrawals')).toEqual(sorted([...many, ...OTHERS].map(old)));
  });
});

await crashMatrix('postings of captures migrate down', {
  async play(plan) {
    const data = await given(...NOW.map(item));
    await data.runner(files).force(VERSION);
    await migrateDespiteCrash(data, files, 'down', plan);
    return data;
  },
  judge: async (data) => expect(await data.items('withdrawals')).toEqual(sorted(NOW.map(old))),
});
