import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KEY_LIFE_MS } from '../../lib/aws/idempotency.ts';
import { fingerprint, type IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { entryAttribute, entryOfItem } from '../../lib/ledger/items.ts';
import { dynamoWithdrawals } from '../../lib/withdrawals/dynamo-withdrawals.ts';
import { captureEntry } from '../../lib/withdrawals/entries.ts';
import { type WithdrawalId, withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { withdrawalItem, withdrawalOf } from '../../lib/withdrawals/items.ts';
import { OPEN_PARTS } from '../../lib/withdrawals/open.ts';
import { newWithdrawal, type Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { Data, type Item, migrateDespiteCrash } from '../support/migrations.ts';
import { SECRETS } from '../support/secrets.ts';
import { ethRequest } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const VERSION = 2;
const file = migrationFiles()[VERSION - 1];
const files = migrationFiles().slice(0, VERSION);
const NOW = Date.now();
const DAY = KEY_LIFE_MS;

const keyOf = (nth: number) => `key-${nth}` as IdempotencyKey;

/** As an earlier version made it: its id does not follow from its key. */
function made(nth: number, changes: Partial<Withdrawal> = {}, at = NOW - 3 * DAY): Withdrawal {
  const id = `wdr_${createHash('sha256').update(`random ${nth}`).digest('hex').slice(0, 32)}` as WithdrawalId;
  const own = { id, key: keyOf(nth), requiredConfirmations: 3 };
  return { ...newWithdrawal(ethRequest(nth), own, at), ...changes } as Withdrawal;
}

const followed = (nth: number, changes: Partial<Withdrawal> = {}, at = NOW) =>
  made(nth, { id: withdrawalIdOf('ana' as UserId, keyOf(nth)), ...changes }, at);

const OPEN = [
  made(1),
  made(2, { status: 'PROCESSING', lease: { owner: 'worker', until: NOW + 10_000 } }),
  made(3, { status: 'UNKNOWN', unanswered: true, dueAt: NOW + 2_000 }),
  made(4, { deadLetter: { at: new Date(NOW).toISOString(), messageId: 'm', receives: 5 } }),
  made(5, { status: 'PROCESSING', transaction: { hash: '0x1', confirmations: 1 }, dueAt: NOW + 60_000 }),
];
const transaction = { hash: '0x1', confirmations: 3 };
const ENDED = made(6, { status: 'COMPLETED', transaction });

/** The item that the earlier version stores. */
function old(withdrawal: Withdrawal): Item {
  const item = withdrawalItem(withdrawal) as Item;
  if (item.gsi2pk === undefined) return item;
  const shard = (createHash('sha256').update(withdrawal.id).digest()[0] ?? 0) % 8;
  return { ...item, gsi2pk: `OPEN#${shard}`, gsi2sk: `${withdrawal.createdAt}#${withdrawal.id}` };
}

/** With its capture as this version stored it. */
const captured = (withdrawal: Withdrawal): Item => ({
  ...(withdrawalItem(withdrawal) as Item),
  capture: entryAttribute.encode(captureEntry(withdrawal, withdrawal.updatedAt)),
});

const OLD = [...OPEN, ENDED].map(old);
const NEW = [...OPEN, ENDED].map((each) => withdrawalItem(each) as Item);
const sorted = (items: Item[]) => items.toSorted((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1));

async function given(...items: Item[]): Promise<Data> {
  const data = await Data.given(database, ['withdrawals', 'wallets']);
  await data.putInto('withdrawals', ...items);
  await data.runner(files).force(VERSION - 1);
  return data;
}

const storeOf = (data: Data) =>
  dynamoWithdrawals(
    data.client,
    { withdrawals: data.table('withdrawals'), wallets: 'none', events: 'none', access: 'none' },
    SECRETS,
  );

describe('open withdrawals', () => {
  it('move to the partitions of their due times, and back', async () => {
    expect(file?.name).toMatch(/withdrawals-by-time/);
    const data = await given(...OLD);
    await data.runner(files).up();
    expect(await data.items('withdrawals')).toEqual(sorted(NEW));
    await data.runner(files).down();
    expect(await data.items('withdrawals')).toEqual(sorted(OLD));
  });

  it('are all found, page by page', async () => {
    const many = Array.from({ length: 700 }, (_, nth) => made(nth));
    const data = await given(...many.map(old));
    await data.runner(files).up();
    expect(await data.items('withdrawals')).toEqual(sorted(many.map((each) => withdrawalItem(each) as Item)));
  });

  it('are listed in the same way before and after the migration', async () => {
    const data = await given(...OLD);
    const store = storeOf(data);
    const idsOf = async () => {
      const lists = await Promise.all(OPEN_PARTS.map((part) => store.listOpen(part, 100)));
      expect(lists.every(({ isComplete }) => isComplete)).toBe(true);
      return lists.map(({ open }) => open.map(({ id }) => id));
    };
    const [pending, leased, unknown, dead, broadcast] = OPEN.map(({ id }) => id);
    const expected = [[pending, broadcast], [unknown, leased], [dead], []]; // none waits for approval
    expect(await idsOf()).toEqual(expected);
    await data.runner(files).up();
    expect(await idsOf()).toEqual(expected);
  });
});

describe('on the way back', () => {
  it('the keys of the last day get their records, and captures become entries', async () => {
    const recent = followed(1);
    const held = followed(2, { status: 'COMPLETED', transaction }, NOW - 2 * DAY);
    const data = await given(withdrawalItem(recent) as Item, captured(held));
    await data.runner(files).force(VERSION);
    await data.runner(files).down();
    const record = {
      ...{ pk: `IDEM#withdrawal:ana#${keyOf(1)}`, sk: 'IDEM', resource: recent.id },
      ...{ fingerprint: fingerprint(ethRequest(1)), expires_at: Math.floor((NOW + DAY) / 1_000) },
    };
    expect(await data.items('withdrawals')).toEqual(sorted([old(recent), old(held), record]));
    expect((await data.items('wallets')).map(entryOfItem)).toEqual([captureEntry(held, held.updatedAt)]);
  });

  it('a capture that a later version has stored in the meantime stays', async () => {
    const capture = captureEntry(BACK, BACK.updatedAt);
    const data = await given(withdrawalItem({ ...BACK, capture } as Withdrawal) as Item);
    await data.runner(files).force(VERSION);
    await data.runner(files).down();
    const withdrawals = (await data.items('withdrawals')).filter(({ sk }) => sk === 'WITHDRAWAL');
    expect(withdrawals.map(withdrawalOf)).toEqual([{ ...BACK, capture }]);
    expect(await data.items('wallets')).toEqual([]);
  });
});

const BACK = followed(7, { status: 'COMPLETED', transaction });

for (const way of ['up', 'down'] as const) {
  const [before, from] = way === 'up' ? [OLD, VERSION - 1] : [[...NEW, captured(BACK)], VERSION];

  await crashMatrix(`withdrawals migrate ${way}`, {
    async play(plan) {
      const data = await given(...before.slice(-3));
      await data.runner(files).force(from);
      await migrateDespiteCrash(data, files, way, plan);
      return data;
    },
    judge: async (data) => {
      const items = (await data.items('withdrawals')).filter(({ sk }) => sk === 'WITHDRAWAL');
      expect(items).toEqual(sorted((way === 'up' ? NEW : [...OLD, old(BACK)]).slice(-3)));
      const records = (await data.items('withdrawals')).filter(({ sk }) => sk === 'IDEM');
      expect(records).toHaveLength(way === 'up' ? 0 : 1);
      expect(await data.items('wallets')).toHaveLength(way === 'up' ? 0 : 1);
    },
  });
}
