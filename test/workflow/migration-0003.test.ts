import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprint, type IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { entryOfItem } from '../../lib/ledger/items.ts';
import { captureEntry } from '../../lib/wallets/entries.ts';
import { type PaymentId, paymentIdOf, type RefundId } from '../../lib/wallets/ids.ts';
import { paymentItem } from '../../lib/wallets/items.ts';
import { approved, type Payment, type PendingPayment, refunded, unpaid } from '../../lib/wallets/payment.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between } from '../support/faults.ts';
import { Data, type Item, migrateDespiteCrash } from '../support/migrations.ts';
import { ANA, bill } from '../support/wallets-world.ts';

const database = await givenADatabase();
const VERSION = 3;
const files = migrationFiles().slice(0, VERSION);
const NOW = Date.now();
const DAY = 24 * 60 * 60 * 1_000;
const at = new Date(NOW).toISOString();

/** As the new code makes it. */
function pending(nth: number, createdMs = NOW): PendingPayment {
  const key = `key-${nth}` as IdempotencyKey;
  const created = new Date(createdMs).toISOString();
  const times = { createdAt: created, updatedAt: created, workedOnUntil: createdMs + 8_000 };
  return { ...bill(nth), id: paymentIdOf(ANA, key), key, status: 'PENDING', ...times };
}

/** As the older code stores it. */
function old(payment: Payment): Item {
  const { idempotency_key: _, capture: __, ...item } = paymentItem(payment) as Item;
  if (payment.status !== 'PENDING') return item;
  const shard = (createHash('sha256').update(payment.id).digest()[0] ?? 0) % 8;
  return { ...item, gsi1pk: `PENDING#${shard}` };
}

function record(payment: Payment): Item {
  const { userId, providerId, externalReference, money, createdAt } = payment;
  return {
    ...{ pk: `IDEM#payment:${userId}#${payment.key}`, sk: 'IDEM', resource: payment.id },
    fingerprint: fingerprint({ userId, providerId, externalReference, money }),
    expires_at: Math.floor((Date.parse(createdAt) + DAY) / 1_000),
  };
}

const OPEN = pending(1);
const APPROVED = approved(pending(2), 'g-2', at);
const OF_TWO_DAYS_AGO = approved(pending(3, NOW - 2 * DAY), 'g-3', at);
const REFUNDED = refunded(approved(pending(4), 'g-4', at), { id: 'rfd_1' as RefundId, minor: 1n, at });
const DECLINED = unpaid(pending(5), 'DECLINED', { code: 'CARD', message: 'No.' }, at);
/** Made by the older code, approved by the new code. */
const { key: _, ...keyless } = pending(6);
const KEYLESS = approved({ ...keyless, id: `pay_${'0'.repeat(32)}` as PaymentId }, 'g-6', at);
const NEW: Payment[] = [OPEN, APPROVED, OF_TWO_DAYS_AGO, REFUNDED, DECLINED, KEYLESS];
const CAPTURED = [APPROVED, OF_TWO_DAYS_AGO, REFUNDED, KEYLESS];
const RECORDED = [OPEN, APPROVED, REFUNDED, DECLINED];

async function given(payments: readonly Payment[]): Promise<Data> {
  const data = await Data.given(database, ['wallets']);
  await data.putInto('wallets', ...payments.map((payment) => paymentItem(payment) as Item));
  await data.runner(files).force(VERSION);
  return data;
}

function expectOlder(items: readonly Item[], payments: readonly Payment[]) {
  const of = (sk: string) => items.filter((item) => item.sk === sk);
  const byKey = (one: Item, other: Item) => (one.pk < other.pk ? -1 : 1);
  expect(of('PAYMENT')).toEqual(payments.map(old).sort(byKey));
  expect(of('IDEM')).toEqual(
    payments
      .filter((each) => RECORDED.includes(each))
      .map(record)
      .sort(byKey),
  );
  const captures = payments.filter((each) => CAPTURED.includes(each as never));
  expect(
    of('ENTRY#CAPTURE')
      .map(entryOfItem)
      .map(({ id }) => id),
  ).toEqual(captures.map(({ id }) => `${id}.capture`).sort());
  for (const item of of('ENTRY#CAPTURE')) {
    const payment = captures.find(({ id }) => item.pk === `PAYMENT#${id}`) as Payment;
    expect(entryOfItem(item)).toEqual(captureEntry(payment, at));
  }
}

describe('payments', () => {
  it('do not change on the way up', async () => {
    const data = await given(NEW);
    const before = await data.items('wallets');
    await data.runner(files).force(VERSION - 1);
    await data.runner(files).up(1);
    expect(await data.items('wallets')).toEqual(before);
  });

  it('become on the way back what the older code reads', async () => {
    const data = await given(NEW);
    await data.runner(files).down(1);
    expectOlder(await data.items('wallets'), NEW);
  });

  it('are all found, page by page', async () => {
    const many = Array.from({ length: 1_200 }, (_, nth) => pending(nth + 10));
    const data = await given(many);
    await data.runner(files).down(1);
    const items = await data.items('wallets');
    expect(items.filter(({ sk }) => sk === 'IDEM')).toHaveLength(1_200);
    expect(items.filter(({ sk }) => sk === 'PAYMENT')).toEqual(
      many.map(old).sort((one, other) => (one.pk < other.pk ? -1 : 1)),
    );
  });

  it('keep a record that the older code has written, and a change that comes in between', async () => {
    const data = await given([OPEN]);
    await data.putInto('wallets', { ...record(OPEN), resource: 'of another payment' });
    let isChanged = false;
    const client = between(documentClient(), async (command, pass) => {
      if (command === 'TransactWriteItemsCommand' && !isChanged) {
        isChanged = true;
        await data.putInto('wallets', paymentItem(approved(OPEN, 'g', at)) as Item);
      }
      return pass();
    });
    await data.runner(files, { client }).down(1);
    const items = await data.items('wallets');
    expect(items.map(({ sk }) => sk)).toEqual(['IDEM', 'ENTRY#CAPTURE', 'PAYMENT']);
    expect(items[0]?.resource).toBe('of another payment');
    expect(items[2]).toEqual(old(approved(OPEN, 'g', at)));
  });
});

await crashMatrix('payments migrate down', {
  async play(plan) {
    const data = await given([OPEN, REFUNDED]);
    await migrateDespiteCrash(data, files, 'down', plan);
    return data;
  },
  judge: async (data) => expectOlder(await data.items('wallets'), [OPEN, REFUNDED]),
});
