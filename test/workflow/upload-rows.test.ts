import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { readRejected } from '../../lib/uploads/rejected-rows.ts';
import { givenAStack } from '../support/database.ts';
import { csvFile, csvRow, someRows } from '../support/upload-rows.ts';
import { UploadsWorld } from '../support/uploads-world.ts';

const database = await givenAStack();

/** Of a file of rejected rows. */
const COLUMNS =
  'line,vendor_id,vendor_name,external_id,amount,currency,bank_account,bank_name,transaction_ids,other_fields,reasons';

describe('an upload with rows that are not valid', () => {
  it('stores nothing, and reports each of them', async () => {
    const world = await UploadsWorld.open(database);
    const rows = [...someRows(11), csvRow(12, '-1'), csvRow(13), csvRow(13), 'v-14,short'];
    const id = await world.given(csvFile(rows));
    expect(await world.work(id)).toEqual(['unreadable']);
    expect(await world.show(id)).toMatchObject({
      status: 'refused',
      rows: 15,
      stored: 0,
      rejected: 3,
      batches: [],
      error: '3 of 15 rows are not valid, so none is stored.',
    });
    expect((await readRejected(world.deps, id, 0)).trim().split('\n')).toEqual([
      COLUMNS,
      "13,v-12,Vendor 12,,'-1,IDR,1234567812,Bank,t-12;u-12,,amount must be greater than 0",
      '15,v-13,Vendor 13,,10.00,IDR,1234567813,Bank,t-13;u-13,,vendor_id is the same as on line 14',
      '16,,,,,,,,,"[""v-14"",""short""]",has 2 fields instead of 7',
    ]);
    expect(await world.payouts()).toBe(0);
  });

  it('pays the valid rows if the request skips the others', async () => {
    const world = await UploadsWorld.open(database);
    const rows = [...someRows(11), csvRow(12, '-1'), csvRow(13)];
    const id = await world.given(csvFile(rows), { onInvalid: 'skip' });
    await world.work(id);
    expect(await world.show(id)).toMatchObject({
      status: 'in_progress',
      ...{ rows: 13, stored: 12, rejected: 1 },
      rejected_url: `/batches/uploads/${id}/rejected.csv`,
    });
    expect(await world.payouts()).toBe(12);
  });

  it('returns them, and stores them when they are corrected', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(csvFile([csvRow(1), csvRow(2, 'ten'), csvRow(3, '')]), { onInvalid: 'skip' });
    await world.work(id);
    const rejected = await readRejected(world.deps, id, 0);
    expect(rejected).toContain('3,v-2,Vendor 2,,ten,IDR,123456782,Bank,t-2;u-2,,');
    const corrected = await world.given(rejected.replace('ten', '20').replace('v-3,Vendor 3,,', 'v-3,Vendor 3,,30'));
    await world.work(corrected);
    expect(await world.show(corrected)).toMatchObject({ status: 'in_progress', stored: 2 });
    const kept = [];
    for await (const key of world.files.list(`imports/${id}/`)) kept.push(`${key} ${await world.files.read(key)}`);
    expect(kept).toEqual([expect.stringMatching(/rejected-rows\/0{11}4 enc:1:[\w-]+$/)]);
  });

  it('returns them in answers of a size that Lambda allows', async () => {
    const world = await UploadsWorld.open(database, { policy: { windowRows: 5_000 } });
    const rows = Array.from({ length: 10_000 }, (_, index) => csvRow(index + 1, `"${'"'.repeat(600)}"`));
    const id = await world.given(csvFile(rows));
    await world.work(id);
    const sizes = [];
    const lines = [];
    for (let last = 0; last >= 0; ) {
      const csv = await readRejected(world.deps, id, last);
      const given: { line: string }[] = parse(csv, { columns: true });
      sizes.push(JSON.stringify(csv).length);
      lines.push(...given.map(({ line }) => Number(line)));
      last = Number(given.at(-1)?.line ?? -1);
    }
    expect(lines).toEqual(rows.map((_, index) => index + 2));
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(6_000_000);
  });

  it('returns lines of JSON unchanged', async () => {
    const world = await UploadsWorld.open(database);
    const item = '{"external_id":"e1","user_id":"u","amount_cents":0,"pix_key":"k","extra":1.50}';
    const id = await world.given(`${item}\nnonsense\n`, { format: 'jsonl' });
    await world.work(id);
    const [, first, second] = (await readRejected(world.deps, id, 0)).split('\n');
    expect(first).toMatch(/^1,,,e1,,,,,,u,0,k,"{""extra"":1\.50}",/);
    expect(second).toBe('2,,,,,,,,,,,,"""nonsense""",is not JSON');
  });

  it.each([
    ['has only a header', csvFile([]), 'The file has no rows.'],
    ['has only rows that are not valid', csvFile([csvRow(1, 'x')]), 'No row of the file is valid.'],
    ['has other columns', 'a,b\n1,2\n', /^The first line must name the columns vendor_id, .*lacks vendor_id/],
  ])('is refused if the file %s', async (_, content, error) => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(content, { onInvalid: 'skip' });
    await world.work(id);
    const shown = await world.show(id);
    expect(shown.status).toBe('refused');
    expect(shown.error).toMatch(error);
  });
});

describe('a payout whose id another payout has', () => {
  const header = 'vendor_id,vendor_name,amount,currency,bank_account,bank_name,external_id';
  const row = (number: number) => `v-${number},Vendor,10.00,IDR,12345678,Bank,p-${number}`;
  const file = (numbers: readonly number[]) => `${[header, ...numbers.map(row)].join('\n')}\n`;
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  it('refuses the whole file, also in its last batch, and the others are free again', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(file([...upTo(21), 3]));
    await world.work(id);
    const { status, batches, error } = await world.show(id);
    expect(status).toBe('refused');
    expect(error).toMatch(/Line 23: p-3 is that of the payout upl_.*-0001\.0001\.000003 already/);
    expect(batches.map((batch) => batch.status)).toEqual(['rejected', 'rejected']);
    expect(world.chunks).toEqual([]);
    const corrected = await world.given(file(upTo(21)));
    await world.work(corrected);
    expect(await world.show(corrected)).toMatchObject({ status: 'in_progress', stored: 21 });
  });

  it('is skipped on request, in the same batch and in another one', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(file([...upTo(9), 9, ...upTo(12)]), { duplicates: 'skip' });
    await world.work(id);
    expect(await world.show(id)).toMatchObject({
      ...{ status: 'in_progress', rows: 22, stored: 12, duplicates: 10, rejected: 0 },
    });
    expect(await world.payouts()).toBe(12);
  });
});
