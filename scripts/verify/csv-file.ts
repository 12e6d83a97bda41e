import { hash } from 'node:crypto';
import { Groups } from '../settlement/groups.ts';

export const HEADER = 'merchant_id,date,gross_cents,fee_cents,net_cents,txn_count,generated_at,unique_run_id';

const LINE = /^([\w.:-]+),(\d{4}-\d\d-\d\d),(\d+),(\d+),(-?\d+),(\d+),([^,"]+),([^,"]+)$/;

/** The lines of a settlement file, and their faults: a sentence each. */
export type CsvFile = { readonly lines: number; readonly groups: Groups; readonly faults: readonly string[] };

/**
 * Stricter than a CSV reader: no value ever needs quoting, so quotes, carriage returns and an unfinished last line are
 * faults.
 */
export function readCsv(text: string, run: { readonly generatedAt: string; readonly runId: string }): CsvFile {
  const [header = '', ...lines] = text.split('\n');
  const faults = header === HEADER ? [] : [`the header is ${JSON.stringify(header)}, not ${HEADER}`];
  if (lines.pop() !== '') faults.push('the last line has no line feed');
  const groups = new Groups();
  let before = '';
  for (const [index, line] of lines.entries()) {
    const [, merchantId = '', day = '', gross = '', fee = '', net = '', count = '', generatedAt, runId] =
      LINE.exec(line) ?? [];
    const where = `line ${index + 2} (${merchantId} on ${day})`;
    if (merchantId === '') {
      faults.push(`line ${index + 2} is ${JSON.stringify(line.slice(0, 200))}`);
      continue;
    }
    if (groups.of(day, merchantId)) faults.push(`${where} repeats its merchant and day`);
    const place = placeOf(day, merchantId);
    if (place < before) faults.push(`${where} comes after ${before}`);
    before = place;
    const [grossCents, feeCents] = [BigInt(gross), BigInt(fee)];
    groups.add(day, merchantId, grossCents, feeCents, Number(count));
    const expectedNet = `${grossCents - feeCents}`;
    if (net !== expectedNet) faults.push(`${where}: expected net_cents ${expectedNet}, found ${net}`);
    if (generatedAt !== run.generatedAt || runId !== run.runId) {
      faults.push(`${where}: expected ${run.generatedAt},${run.runId}, found ${generatedAt},${runId}`);
    }
  }
  return { lines: lines.length, groups, faults };
}

/**
 * The place of a settlement in the file: `<day> <shard> <merchant>`. The shard is the last four bits of the first byte of
 * the SHA-256 of the merchant's id.
 */
export function placeOf(day: string, merchantId: string): string {
  const [first = 0] = hash('sha256', merchantId, 'buffer');
  return `${day} ${String(first % 16).padStart(2, '0')} ${merchantId}`;
}
