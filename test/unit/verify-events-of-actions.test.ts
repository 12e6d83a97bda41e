import { describe, expect, it } from 'vitest';
import { keyItem, secretItem } from '../../lib/access/items.ts';
import { type ApiKey, LOCAL_KEY_ID, type Session } from '../../lib/access/key.ts';
import type { EventType } from '../../lib/events/schemas.ts';
import { type Import, type ImportId, BEGINNING as NO_ROWS } from '../../lib/imports/import.ts';
import { importItem } from '../../lib/imports/items.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';
import type { ProductId } from '../../lib/orders/ids.ts';
import { productItem } from '../../lib/orders/items.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import { batchItem } from '../../lib/payouts/dynamo-batch-items.ts';
import { payoutItem } from '../../lib/payouts/dynamo-payout-items.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import type { PayoutStatus } from '../../lib/payouts/payout.ts';
import { rowItem } from '../../lib/transactions/items.ts';
import type { MerchantId, TransactionId } from '../../lib/transactions/transaction.ts';
import { workText } from '../../lib/uploads/upload.ts';
import type { Network } from '../../lib/withdrawals/assets.ts';
import { deniedItem } from '../../lib/withdrawals/items.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { differencesInEvents, EventRecords } from '../../scripts/verify/events-checks.ts';
import { factsIn } from '../../scripts/verify/facts.ts';
import { aBatch, aPayout, NOW } from '../support/builders.ts';
import { asPublished, event, found, LATER, messages, RECORDED_AT, type Tables } from '../support/event-tables.ts';

const published = (id: string) => asPublished(event(id));

describe('events of actions', () => {
  const EARLIER = new Date(RECORDED_AT - 1).toISOString();
  const product = (name: string, createdAt: string) =>
    productItem({ ...{ id: name as ProductId, name, priceCents: 1n, stock: 1, initialStock: 1 }, createdAt });
  const run = (status: 'in_progress' | 'stopping', number: number) =>
    batchItem(aBatch({ id: 'b' as BatchId, status, run: number }));
  const of = (items: readonly Item[], ...ids: string[]): Tables => ({ others: items, events: ids.map(published) });

  it('are required since the first event of their type: earlier versions had none', () => {
    const products = [product('new', NOW), product('lost', NOW), product('old', EARLIER)];
    expect(found(of(products))).toEqual(new Set());
    expect(messages(of(products, 'product.created:new'))).toBe('product.created:lost: happened, but has no event');
  });

  it('are all required of data that this version wrote alone', () => {
    const all = differencesInEvents(of([product('old', EARLIER)]), LATER, true);
    expect(all).toMatchObject([{ check: 'facts', id: 'product.created:old' }]);
  });

  it('of a batch: each run was started or retried, and was stopped once at most', () => {
    const starts = ['batch.created:b', 'batch.started:b:1', 'batch.retried:b:2'];
    expect(found(of([run('in_progress', 2)], ...starts))).toEqual(new Set());
    expect(found(of([run('stopping', 2)], ...starts, 'batch.stop_requested:b:2'))).toEqual(new Set());
    expect(messages(of([run('in_progress', 2)], ...starts, 'batch.stop_requested:b:2'))).toContain('did not happen');
    expect(messages(of([run('in_progress', 2)], ...starts, 'batch.started:b:2'))).toContain('did not happen');
  });

  it('of a batch: its approval or rejection, its time, and each change of it', () => {
    const stored = (changes: Partial<Batch>) => batchItem(aBatch({ id: 'b' as BatchId, ...changes }));
    const timed = stored({ status: 'scheduled', startAt: NOW, scheduledAt: NOW, approvedAt: NOW, reschedules: 2 });
    const events = ['created:b', 'approved:b', 'scheduled:b', 'rescheduled:b:1', 'rescheduled:b:2'];
    const ids = events.map((id) => `batch.${id}`);
    expect(found(of([timed], ...ids))).toEqual(new Set());
    for (const lost of ids.slice(1)) {
      expect(messages(of([timed], ...ids.filter((id) => id !== lost)))).toBe(`${lost}: happened, but has no event`);
    }
    expect(messages(of([timed], ...ids, 'batch.rescheduled:b:3'))).toContain('did not happen');
    expect(messages(of([timed], ...ids, 'batch.rejected:b'))).toContain('did not happen');
    const rejected = stored({ status: 'rejected', finishedAt: NOW });
    expect(found(of([rejected], 'batch.created:b', 'batch.rejected:b'))).toEqual(new Set());
    expect(differencesInEvents(of([rejected], 'batch.created:b'), LATER, true)).toMatchObject([
      { id: 'batch.rejected:b' },
    ]);
    expect(messages(of([rejected], 'batch.created:b', 'batch.rejected:b', 'batch.approved:b'))).toContain('did not');
    // It may have been dropped before it was stored whole.
    const dropped = stored({ status: 'rejected', finishedAt: NOW, upload: 'upl_1' });
    expect(found(of([dropped], 'batch.rejected:b'))).toEqual(new Set());
    expect(found(of([dropped], 'batch.created:b', 'batch.rejected:b'))).toEqual(new Set());
  });

  describe('of payouts that ended together', () => {
    const RETRIABLE = { code: 'DOWN', message: '', retryable: true };
    const payout = (position: number, status: PayoutStatus, updatedAt = NOW) =>
      payoutItem(
        aPayout({
          ...{ id: payoutId({ batchId: 'b' as BatchId, chunk: 1, position }), status, updatedAt },
          ...(status === 'failed' ? { failure: RETRIABLE } : { bankId: 'x', returned: { code: 'CLOSED', at: NOW } }),
        }),
      );
    const nameOf = (position: number) => `b.0001.00000${position}`;
    const listing = (type: EventType, inRun: number, ...positions: number[]): Item => {
      const id = `${type}:${nameOf(positions[0] ?? 0)}:${inRun}`;
      const payouts = positions.map((position) => ({ payout_id: nameOf(position) }));
      return asPublished({ ...event(id), subject: 'b', data: { batch_id: 'b', chunk: 1, run: inRun, payouts } });
    };
    const all = (inRun: number, items: readonly Item[], ...lists: Item[]): Tables => {
      const starts = Array.from({ length: inRun }, (_, index) => `batch.started:b:${index + 1}`);
      const events = ['batch.created:b', ...starts].map(published);
      return { others: [...items, run('in_progress', inRun)], events: [...events, ...lists] };
    };

    it.each(['failed', 'cancelled', 'returned'] as const)('each %s one is listed, and no other', (status) => {
      const type = `payout.${status}` as const;
      const both = [payout(1, status), payout(2, status), payout(3, 'completed')];
      expect(messages(all(1, both, listing(type, 1, 1, 2)))).toBe('');
      expect(messages(all(1, both, listing(type, 1, 1)))).toBe(`${type}:${nameOf(2)}: happened, but has no event`);
      const much = `${type}:${nameOf(3)}: is listed, but did not happen`;
      expect(messages(all(1, both, listing(type, 1, 1, 2, 3)))).toBe(much);
      expect(messages(all(1, both, listing(type, 1, 1, 2), listing(type, 1, 4)))).toContain(nameOf(4));
    });

    it('a failed one may be opened again in a later run, a cancelled one may not', () => {
      const paid = [payout(1, 'completed')];
      expect(messages(all(2, paid, listing('payout.failed', 1, 1)))).toBe('');
      expect(messages(all(2, paid, listing('payout.failed', 2, 1)))).toContain('is listed, but did not happen');
      expect(messages(all(2, paid, listing('payout.cancelled', 1, 1)))).toContain('is listed, but did not happen');
      expect(messages(all(2, [payout(1, 'failed')], listing('payout.failed', 1, 1)))).toBe('');
    });

    it('failures of earlier versions have no event', () => {
      const items = [payout(1, 'failed', EARLIER), payout(2, 'failed')];
      expect(messages(all(1, items, listing('payout.failed', 1, 2)))).toBe('');
      expect(messages(all(1, [payout(1, 'cancelled', EARLIER)]))).toContain('happened, but has no event');
    });

    it('the runs of batches are read again after their payouts', () => {
      const records = new EventRecords(LATER, LATER);
      records.addItem(listing('payout.failed', 1, 1));
      records.addFacts(factsIn(run('in_progress', 1)));
      records.addFacts(factsIn(payout(1, 'completed')));
      expect(records.compareListed()).toEqual([{ pk: 'BATCH#b', sk: 'BATCH' }]);
      records.addFacts(factsIn(run('in_progress', 2)));
      expect(records.differences().filter(({ id }) => id.startsWith('payout.'))).toEqual([]);
    });
  });

  const key = (changes: Partial<ApiKey>) =>
    keyItem({
      ...{ id: 'k' as KeyId, name: 'payroll', person: 'ana', scopes: [], limits: {}, createdAt: NOW, version: 3 },
      ...{ secrets: [], ...changes },
    });

  it('of a key: it is made once, each later version is a change or a rotation, and the last one may revoke it', () => {
    const first = ['key.created:k:1', 'key.rotated:k:2'];
    expect(found(of([key({})], ...first, 'key.changed:k:3'))).toEqual(new Set());
    const revoked = key({ revokedAt: NOW });
    expect(found(of([revoked], ...first, 'key.revoked:k:3'))).toEqual(new Set());
    expect(messages(of([revoked], ...first))).toBe('key.revoked:k:3: happened, but has no event');
    expect(messages(of([key({})], 'key.created:k:1', 'key.changed:k:3'))).toContain('key.changed:k:2: happened');
    expect(messages(of([key({})], ...first, 'key.revoked:k:3'))).toContain('key.revoked:k:3: is stored, but did not');
    expect(messages(of([key({ version: 1 })]))).toBe('key.created:k:1: happened, but has no event');
    expect(messages(of([], 'key.created:k:1'))).toContain('did not happen');
    const local = `key.rotated:${LOCAL_KEY_ID}:2`;
    expect(found(of([key({ id: LOCAL_KEY_ID, version: 1 })], local))).toEqual(new Set());
  });

  it('of a session: it is opened before it is closed, and then it is gone, as after its end', () => {
    const secret = (session?: Session) => secretItem({ hash: 'h', keyId: 'k' as KeyId, ...(session && { session }) });
    const open = secret({ id: 's', secretHash: 'h', expiresAt: '2099-01-01T00:00:00.000Z' });
    expect(found(of([open, secret()], 'session.opened:s'))).toEqual(new Set());
    expect(found(of([], 'session.opened:s', 'session.closed:s'))).toEqual(new Set());
    expect(found({ others: [], events: [asPublished(event('session.opened:expired', { expires_at: NOW }))] })).toEqual(
      new Set(),
    );
    expect(messages(of([open]))).toBe('session.opened:s: happened, but has no event');
    expect(messages(of([], 'session.opened:s'))).toContain('session.opened:s: is stored, but did not happen');
    expect(messages(of([open], 'session.opened:s', 'session.closed:s'))).toContain(
      'session.closed:s: is stored, but did not',
    );
    expect(messages(of([], 'session.closed:s'))).toBe('session.opened:s: happened, but has no event');
  });

  it('of an address: it is denied before it is allowed, and then it is not on the list', () => {
    const network = 'ethereum' as Network;
    const denial = { id: 'dny_1', pk: 'DENIED#ethereum#digest', network, address: 'enc', reason: '', createdAt: NOW };
    const both = ['address.denied:dny_1', 'address.allowed:dny_1'];
    expect(found(of([deniedItem(denial)], 'address.denied:dny_1'))).toEqual(new Set());
    expect(found(of([], ...both))).toEqual(new Set());
    expect(messages(of([deniedItem(denial)]))).toBe('address.denied:dny_1: happened, but has no event');
    expect(messages(of([deniedItem(denial)], ...both))).toContain('address.allowed:dny_1: is stored, but did not');
    expect(messages(of([], 'address.allowed:dny_1'))).toBe('address.denied:dny_1: happened, but has no event');
    expect(found(of([], 'address.allowed:ethereum:2026'))).toEqual(new Set()); // denied before denials had events
  });

  it('of an import and of rows: those that an event names are read', () => {
    const imported = (changes: Partial<Import>) =>
      importItem({
        ...{ id: 'i' as ImportId, status: 'COMPLETED', format: 'csv', createdAt: NOW, touchedAt: 0, bytes: 9 },
        ...{ checkpoint: NO_ROWS, ...changes },
      });
    const compared = (items: readonly Item[], ...ids: string[]) => {
      const records = new EventRecords(LATER, LATER, true);
      for (const id of ids) records.addItem({ ...published(id), ...subjectOf(id) });
      const keys = records.compareNamed().map(({ pk }) => pk);
      for (const item of items) if (keys.includes(`${item.pk}`)) records.addFacts(factsIn(item));
      return records.differences().map(({ message }) => message);
    };
    /** The subject of an event of a window is the import. */
    const subjectOf = (id: string) => ({ pk: `SUBJECT#${id.split(':')[1]}` });
    const events = ['import.created:i', 'import.started:i', 'import.advanced:i:10', 'import.completed:i'];
    expect(compared([imported({})], ...events)).toEqual([]);
    expect(compared([imported({})], ...events.slice(0, 3))).toEqual(['import.completed:i: happened, but has no event']);
    expect(compared([imported({ status: 'RUNNING' })], ...events)).toEqual([
      'import.completed:i: is stored, but did not happen',
    ]);
    expect(compared([], ...events)).toHaveLength(4);
    const work = workText({
      ...{ onInvalid: 'skip', duplicates: 'skip', claimsSales: false, phase: 'released', wanted: 'stop' },
      ...{ requests: 1, followed: true },
    });
    expect(compared([imported({ work })], ...events, 'upload.requested:i:1')).toEqual([]);
    expect(compared([imported({ work })], ...events)).toEqual(['upload.requested:i:1: happened, but has no event']);
    expect(compared([imported({ work })], ...events, 'upload.requested:i:1', 'upload.requested:i:2')).toHaveLength(1);
    const row = { merchantId: 'm' as MerchantId, amountCents: 1n, feeCents: 0n, status: 'PAID', paidAt: 0 } as const;
    const stored = rowItem({ ...row, id: 'r' as TransactionId });
    expect(compared([stored], 'transactions.stored:r')).toEqual([]);
    expect(compared([], 'transactions.stored:r')).toEqual(['transactions.stored:r: is stored, but did not happen']);
  });
});
