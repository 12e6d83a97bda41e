import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { differencesBetween } from '../../scripts/settlement/groups.ts';
import { readExpected } from '../../scripts/transactions/expected.ts';
import type { Plan } from '../../scripts/transactions/sales.ts';
import { type Options, writeSales } from '../../scripts/transactions/write-sales.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-seed-'));
afterAll(() => rmSync(directory, { recursive: true }));

const PLAN: Plan = { rows: 20_000, seed: 42, merchants: 20, from: '2026-02-25', days: 7 };

let files = 0;
function seeded(plan: Partial<Plan> = {}, options: Options = {}) {
  files += 1;
  const file = join(directory, `${files}.${options.format ?? 'csv'}`);
  const written = writeSales({ ...PLAN, ...plan }, file, options);
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return { file, header, lines, rows: lines.map((line) => line.split(',')), written };
}

describe('npm run seed:transactions', () => {
  it('writes the same bytes for the same arguments, and other ids for other arguments', () => {
    expect(seeded().written.sha256).toBe(seeded().written.sha256);
    const ids = new Set(seeded().rows.map(([id]) => id));
    expect(ids.size).toBe(PLAN.rows);
    for (const other of [{ seed: 43 }, { rows: 20_001 }, { from: '2026-02-24' }, { merchants: 21 }, { days: 8 }]) {
      expect(seeded(other).rows.filter(([id]) => ids.has(id))).toEqual([]);
    }
  });

  it('writes the columns of POST /transactions, in CSV or JSON lines', () => {
    const csv = seeded({ rows: 100 });
    expect(csv.header).toBe('id,merchant_id,amount_cents,fee_cents,status,paid_at');
    const json = readFileSync(seeded({ rows: 100 }, { format: 'jsonl' }).file, 'utf8')
      .trimEnd()
      .split('\n');
    expect(json.map((line) => Object.values(JSON.parse(line)).join(','))).toEqual(csv.lines);
    expect(Object.keys(JSON.parse(json[0] as string)).join(',')).toBe(csv.header);
  });

  it('has paid rows in the first and the last millisecond of every day', () => {
    const { rows } = seeded();
    for (const day of ['02-25', '02-26', '02-27', '02-28', '03-01', '03-02', '03-03']) {
      const statusAt = (time: string) =>
        rows.filter(([, , , , , at]) => at === `2026-${day}T${time}Z`).map(([, , , , status]) => status);
      expect(statusAt('00:00:00.000')).toContain('PAID');
      expect(statusAt('23:59:59.999')).toContain('PAID');
    }
  });

  it('has the last millisecond of the range for any number of rows', () => {
    for (const rows of [1, 2, 3, 6, 7, 8]) {
      expect(seeded({ rows }).rows.at(-1)?.slice(4)).toEqual(['PAID', '2026-03-03T23:59:59.999Z']);
    }
  });

  it('stays within the range, sorted by time unless shuffled', () => {
    const times = seeded().rows.map(([, , , , , at]) => at as string);
    expect(times).toEqual(times.toSorted());
    expect([times[0], times.at(-1)]).toEqual(['2026-02-25T00:00:00.000Z', '2026-03-03T23:59:59.999Z']);
    const shuffled = seeded({}, { isShuffled: true });
    expect(shuffled.lines).not.toEqual(seeded().lines);
    expect(shuffled.lines.toSorted()).toEqual(seeded().lines.toSorted());
  });

  it('shuffles any number of rows without loss', () => {
    for (const rows of [1, 2, 3, 4, 5, 16, 17, 1_000]) {
      expect(seeded({ rows }, { isShuffled: true }).lines.toSorted()).toEqual(seeded({ rows }).lines);
    }
  });

  it('has paid, failed and refunded rows of large and small merchants, some without a fee', () => {
    const { rows } = seeded();
    const shareOf = (wanted: string) => rows.filter(([, , , , status]) => status === wanted).length / rows.length;
    expect(shareOf('PAID')).toBeCloseTo(0.8, 1);
    expect(shareOf('FAILED')).toBeCloseTo(0.12, 1);
    expect(shareOf('REFUNDED')).toBeCloseTo(0.08, 1);
    const sizes = [...Map.groupBy(rows, ([, merchant]) => merchant).values()].map(({ length }) => length);
    expect(sizes).toHaveLength(PLAN.merchants);
    expect(Math.max(...sizes)).toBeGreaterThan(4 * Math.min(...sizes));
    const fees = rows.filter(([, , , fee]) => fee === '0').length;
    expect(fees).toBeGreaterThan(rows.length / 50);
    for (const [, , amount = '', fee] of rows) {
      expect(Number(amount)).toBeGreaterThan(0);
      expect([0, Math.round(Number(amount) * 0.029)]).toContain(Number(fee));
    }
  });
});

describe('the expected file beside it', () => {
  /** The same sums in SQL, whose integers have 64 bits. */
  const SUMS = `
    SELECT merchant || ',' || date(paid_at) || ',' || sum(amount) || ',' || sum(fee) || ',' || sum(amount - fee) || ',' || count(*) AS line
    FROM sales WHERE status = 'PAID' GROUP BY merchant, date(paid_at) ORDER BY date(paid_at), merchant`;

  function countedBySql(rows: readonly string[][]): unknown[] {
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE sales (id, merchant, amount INTEGER, fee INTEGER, status, paid_at); BEGIN');
    const insert = database.prepare('INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)');
    for (const row of rows) insert.run(...row);
    return database
      .prepare(SUMS)
      .all()
      .map(({ line }) => line);
  }

  it('equals the sums of a database, by date and then by merchant', () => {
    for (const isShuffled of [false, true]) {
      const { rows, written } = seeded({}, { isShuffled });
      const [header, ...lines] = readFileSync(written.expectedFile, 'utf8').trimEnd().split('\n');
      expect(header).toBe('merchant_id,date,gross_cents,fee_cents,net_cents,txn_count');
      expect(lines).toEqual(countedBySql(rows));
      expect(lines).toHaveLength(PLAN.merchants * PLAN.days);
    }
  });

  it('can be read back', () => {
    const { written } = seeded();
    expect(differencesBetween(written.groups, readExpected(written.expectedFile))).toEqual([]);
    expect(readExpected(written.expectedFile).total).toEqual(written.byStatus.PAID);
  });
});
