import { describe, expect, it } from 'vitest';
import { readRecords } from '../../lib/imports/formats.ts';
import type { Format } from '../../lib/imports/import.ts';
import type { FileRecord } from '../../lib/imports/ports.ts';
import { TRANSACTION_ROWS } from '../../lib/imports/transaction-sink.ts';
import { readRow } from '../../lib/transactions/row.ts';

const HEADER = 'id,merchant_id,amount_cents,fee_cents,status,paid_at';
const line = (id: string) => `${id},m-1,100,3,PAID,2026-11-19T10:00:00Z`;

async function recordsOf(format: Format, content: string | Buffer, from = { offset: 0, line: 0 }, piece = 7) {
  const bytes = Buffer.from(content).subarray(from.offset);
  async function* inPieces() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const records: FileRecord[] = [];
  for await (const record of readRecords(format, inPieces(), from, TRANSACTION_ROWS)) records.push(record);
  return records;
}

const idsOf = (records: FileRecord[]) => records.map(({ row }) => (row as { id: string }).id);

describe('a CSV', () => {
  it('may have a BOM, CRLF, quotes, blank lines, columns in any order and no last line end', async () => {
    const content = `\uFEFFfee_cents,id,"merchant_id",amount_cents,paid_at,status\r\n3,"a",m-1,100,2026-11-19T10:00:00Z,PAID\r\n\r\n0, b ,m-1,5,2026-11-19T10:00:00+07:00,FAILED`;
    const records = await recordsOf('csv', content);
    expect(records.map(({ line }) => line)).toEqual([2, 4]);
    expect(records.map(({ row }) => readRow(row))).toMatchObject([
      { id: 'a', amountCents: 100n, feeCents: 3n, status: 'PAID' },
      { id: 'b', amountCents: 5n, feeCents: 0n, status: 'FAILED' },
    ]);
  });

  it.each([1, 7, 1_000])('read from any row on gives the remaining rows, in pieces of %i bytes', async (piece) => {
    const content = `\uFEFF${HEADER}\r\n${line('a')}\r\n"b","m\n1",1,1,PAID,ü\n\n${line('c')}\n${line('d')}`;
    const all = await recordsOf('csv', content, undefined, piece);
    expect(idsOf(all)).toEqual(['a', 'b', 'c', 'd']);
    for (const [index, { next, columns }] of all.entries()) {
      const rest = await recordsOf('csv', content, { ...next, columns } as never, piece);
      expect(rest).toEqual(all.slice(index + 1));
    }
  });

  it.each([
    ['', 'The file is empty'],
    ['\n\n', 'The file is empty'],
    ['id,merchant_id', 'it lacks amount_cents, fee_cents, status, paid_at'],
    [`${HEADER},note`, 'has the unknown "note"'],
    [`${HEADER},id`, 'has id twice'],
    [HEADER.replaceAll(',', ';'), 'it lacks id'],
    [`${HEADER}\n${line('a')}\n"b,m-1,100,3,PAID\n${'x'.repeat(20_000)}`, 'the file is no longer CSV'],
    [`${HEADER}\n${line('a')}\n"b"x,m-1,100,3,PAID,2026-11-19T10:00:00Z`, 'the file is no longer CSV'],
  ])('%.40j cannot be read: %s', async (content, reason) => {
    await expect(recordsOf('csv', content, undefined, 100)).rejects.toMatchObject({
      name: 'UnreadableFile',
      message: expect.stringContaining(reason),
    });
  });

  it('reports rows by their line in an editor', async () => {
    const content = `\n${HEADER}\n${line('a')}\n\n\nshort\n\n"b\nb",m-1\n${line('c')}\n`;
    const all = await recordsOf('csv', content);
    expect(all.map((record) => record.line)).toEqual([3, 6, 8, 10]);
    const { next, columns } = all[0] as FileRecord;
    const rest = await recordsOf('csv', content, { ...next, columns } as never);
    expect(rest.map((record) => record.line)).toEqual([6, 8, 10]);
  });

  it('has one bad row if a row has another number of fields', async () => {
    const records = await recordsOf('csv', `${HEADER}\na,b\n${line('c')}\n`);
    expect(records.map(({ row }) => row)).toMatchObject([{ reason: 'has 2 fields instead of 6' }, { id: 'c' }]);
  });
});

describe('JSON Lines', () => {
  const json = (id: string) =>
    JSON.stringify({
      id,
      merchant_id: 'm-1',
      amount_cents: 100,
      fee_cents: 3,
      status: 'PAID',
      paid_at: '2026-11-19T10:00:00Z',
    });

  it.each([1, 7, 1_000])('read from any row on give the remaining rows, in pieces of %i bytes', async (piece) => {
    const content = Buffer.concat([
      Buffer.from(`\uFEFF${json('a')}\r\n\n${json('ü').replace('ü', 'b')}\n`),
      Buffer.from([0xff, 0xfe, 0x0a]), // invalid UTF-8: one bad row; the position in bytes stays correct
      Buffer.from(`${json('d')}`),
    ]);
    const all = await recordsOf('jsonl', content, undefined, piece);
    expect(all.map(({ line }) => line)).toEqual([1, 3, 4, 5]);
    expect(all[2]?.row).toMatchObject({ reason: 'is not JSON' });
    for (const [index, { next }] of all.entries()) {
      expect(await recordsOf('jsonl', content, next, piece)).toEqual(all.slice(index + 1));
    }
  });

  it('with a line of unlimited length cannot be read', async () => {
    await expect(recordsOf('jsonl', 'x'.repeat(20_000))).rejects.toMatchObject({ name: 'UnreadableFile' });
  });

  it('keep amounts exact', async () => {
    const [record] = await recordsOf('jsonl', json('a').replace('100', '100.0'));
    expect(readRow(record?.row)).toMatchObject([{ path: 'amount_cents' }]);
  });
});
