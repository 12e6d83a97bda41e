import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BEGINNING, type ImportId } from '../../lib/imports/import.ts';
import { importItem } from '../../lib/imports/items.ts';
import type { Day } from '../../lib/kernel/day.ts';
import { type Checkpoint, chunkId, chunksOf } from '../../lib/settlement/chunk.ts';
import { checkpointItem, jobItem, settlementItem } from '../../lib/settlement/items.ts';
import type { Job, JobId } from '../../lib/settlement/job.ts';
import { csvLines } from '../../lib/settlement/settle-chunk.ts';
import { rowItem, segmentItem } from '../../lib/transactions/items.ts';
import { type Shard, shardOf } from '../../lib/transactions/segment.ts';
import type { MerchantId, Transaction, TransactionId } from '../../lib/transactions/transaction.ts';
import { Groups } from '../../scripts/settlement/groups.ts';
import { HEADER } from '../../scripts/verify/csv-file.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { differencesInRows, Rows } from '../../scripts/verify/rows-checks.ts';
import { differencesInSettlements, groupsOf, recount } from '../../scripts/verify/settlement-checks.ts';

const DAY = '2026-11-19' as Day;
const MERCHANT = 'm-1' as MerchantId;
const transaction = (id: string, changes: Partial<Transaction> = {}): Transaction => ({
  ...{ id: id as TransactionId, merchantId: MERCHANT, amountCents: 1_000n, feeCents: 10n, status: 'PAID' },
  ...{ paidAt: Date.parse(`${DAY}T10:00:00Z`), ...changes },
});
const sales = [transaction('t-1'), transaction('t-2', { amountCents: 500n }), transaction('t-3', { status: 'FAILED' })];
const segment = (transactions: readonly Transaction[]): Item =>
  segmentItem({ day: DAY, merchantId: MERCHANT, transactions });
const one = {
  id: `imp_${'1'.repeat(32)}` as ImportId,
  status: 'COMPLETED',
  format: 'csv',
  createdAt: DAY,
  touchedAt: 0,
} as const;
const stored: Item[] = [
  ...sales.map(rowItem),
  segment(sales.slice(0, 2)),
  segment(sales.slice(2)),
  importItem({ ...one, checkpoint: { ...BEGINNING, rows: 3, stored: 2, unchanged: 1 } }),
];
const withItem = (items: Item[], at: number, changes: Item) => items.with(at, { ...items[at], ...changes });
const checksOf = (found: readonly { check: string }[]) => new Set(found.map(({ check }) => check));

describe('rows and segments', () => {
  it('have no differences when they are the same', () => expect(differencesInRows(stored)).toEqual([]));

  it.each<[string, Item[], string, string[]]>([
    ['a lost row', stored.slice(1), 't-1', ['segments']],
    ['a lost segment', stored.toSpliced(4, 1), 't-3', ['segments']],
    ['another amount', withItem(stored, 3, { amounts: '1001,500' }), 't-1', ['segments']],
    ['exchanged amounts', withItem(stored, 3, { amounts: '500,1000' }), 't-2', ['segments']],
    ['another fee', withItem(stored, 3, { fees: '10,11' }), 't-2', ['segments']],
    ['another status', withItem(stored, 4, { statuses: 'P' }), 't-3', ['segments']],
    [
      'another shard',
      withItem(stored, 4, { pk: `DAY#${DAY}#${String((shardOf(MERCHANT) + 1) % 16).padStart(2, '0')}` }),
      't-3',
      ['segments'],
    ],
    [
      'another day',
      withItem(stored, 4, { pk: `${segment(sales).pk}`.replace(DAY, '2026-11-18') }),
      't-3',
      ['segments'],
    ],
    ['another merchant', withItem(stored, 4, { sk: 'm-2#t-3' }), 't-3', ['segments']],
    ['a repeated row', [...stored, { ...segment(sales.slice(1, 2)), sk: `${MERCHANT}#again` }], 't-2', ['segments']],
    [
      'columns of different lengths',
      withItem(stored, 3, { amounts: '1000' }),
      'differ in length',
      ['readable', 'segments'],
    ],
    [
      'an unknown status',
      withItem(stored, 0, { row: JSON.stringify([MERCHANT, '1', '1', 'SOLD', 0]) }),
      'row.3: Invalid option',
      ['readable', 'segments'],
    ],
    [
      'an import that lost a row',
      withItem(stored, 5, { checkpoint: JSON.stringify({ ...BEGINNING, rows: 3, stored: 2 }) }),
      one.id,
      ['imports'],
    ],
    ['an unknown item', [...stored, { pk: 'OTHER', sk: 'OTHER' }], 'OTHER', ['readable']],
  ])('%s is found', (_what, items, named, expected) => {
    const found = differencesInRows(items);
    expect(checksOf(found)).toEqual(new Set(expected));
    expect(found.map(({ message }) => message).join('\n')).toContain(named);
  });

  it('may be in any order', () => {
    const rows = new Rows();
    for (const item of stored.toReversed()) rows.add(item);
    expect([rows.suspects, rows.count, rows.sums.of(DAY, MERCHANT)]).toEqual([
      [],
      3,
      { gross: 1_500n, fee: 20n, count: 2 },
    ]);
  });
});

const JOB_ID = `job_${'a'.repeat(32)}` as JobId;
const settlement = {
  merchantId: MERCHANT,
  day: DAY,
  gross: 1_500n,
  fee: 20n,
  count: 2,
  generatedAt: '2026-11-20T00:00:00.000Z',
  runId: JOB_ID,
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const queued: Job = {
  id: JOB_ID,
  status: 'QUEUED',
  from: DAY,
  to: DAY,
  shardsPerChunk: 8,
  createdAt: settlement.generatedAt,
};
const checkpoints = chunksOf(queued).map((chunk): Checkpoint => {
  const isOurs = (shardOf(MERCHANT) as number) >= chunk.first && shardOf(MERCHANT) <= (chunk.last as Shard);
  const text = isOurs ? csvLines([settlement]) : '';
  const sums = isOurs ? settlement : { gross: 0n, fee: 0n, count: 0 };
  const part = {
    rows: isOurs ? 1 : 0,
    bytes: text.length,
    sha256: sha256(text),
    sums,
    ...(isOurs ? { key: 'k' } : {}),
  };
  return { chunk: chunkId(chunk), transactions: isOurs ? 3 : 0, part };
});
const file = `${HEADER}\n${csvLines([settlement])}`;
const outcome = { file: 'f', manifest: 'm', sha256: sha256(file), bytes: file.length, rows: 1 };
const job: Job = { ...queued, status: 'COMPLETED', finishedAt: DAY, outcome };
const settled: Item[] = [
  { ...jobItem(job), outcome },
  ...checkpoints.map((checkpoint) => checkpointItem(JOB_ID, checkpoint)),
  settlementItem(settlement),
];
const LAST = settled.length - 1;

function rowsOf(count: number): Groups {
  const groups = new Groups();
  for (const { amountCents, feeCents } of [...sales.slice(0, 2), transaction('t-4')].slice(0, count)) {
    groups.add(DAY, MERCHANT, amountCents, feeCents);
  }
  return groups;
}

describe('settlements', () => {
  it.each([2, 3])('have no differences when they match all rows, or the rows of their time: %i', (rows) => {
    expect(differencesInSettlements(settled, rowsOf(rows))).toEqual([]);
  });

  it.each<[string, Item[], number, string[]]>([
    ['too large', settled, 1, ['recount']],
    ['of missing rows', settled, 0, ['recount']],
    ['another sum', withItem(settled, LAST, { gross: '1501', net: '1481' }), 2, ['recount', 'settlements']],
    [
      'more money from fewer rows',
      withItem(settled, LAST, { gross: '9000', net: '8980' }),
      3,
      ['recount', 'settlements'],
    ],
    ['another net', withItem(settled, LAST, { net: '1500' }), 2, ['settlements']],
    ['of an unknown job', withItem(settled, LAST, { run_id: 'job_none' }), 2, ['settlements']],
    [
      'of a day that its job does not settle',
      withItem(withItem(settled, 0, { to: '2026-11-18', from: '2026-11-18' }), LAST, {}),
      2,
      ['settlements', 'chunks'],
    ],
    [
      'of another time than its job',
      withItem(settled, LAST, { generated_at: '2026-11-21T00:00:00.000Z' }),
      2,
      ['settlements'],
    ],
    ['in a job without a checkpoint', settled.toSpliced(1, 1), 2, ['chunks']],
    ['in a job with an extra chunk', [...settled, { ...settled[1], sk: 'CHUNK#2026-11-18#00-07' }], 2, ['chunks']],
    ['in a job of other rows', withItem(settled, 0, { outcome: { ...outcome, rows: 2 } }), 2, ['chunks']],
  ])('%s are found', (_what, items, rows, expected) => {
    const found = differencesInSettlements(items, rowsOf(rows));
    for (const check of checksOf(found)) expect(expected).toContain(check);
    expect(checksOf(found)).toContain(expected[0]);
  });
});

it('settlements are late if rows arrived after them, and missing if there is none', () => {
  const rows = rowsOf(3);
  rows.add(DAY, 'm-2', 7n, 0n);
  const { differences, late, missing } = recount('settlement', groupsOf([settlement]), rows);
  expect(differences).toEqual([]);
  expect(late).toEqual([expect.stringContaining(`settlement of m-1 on ${DAY}: expected gross 2500`)]);
  expect(missing).toEqual([expect.stringContaining(`settlement of m-2 on ${DAY}: expected gross 7`)]);
});
