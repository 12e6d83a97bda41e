import { hash } from 'node:crypto';
import { Groups } from './groups.ts';

export const HEADER = 'merchant_id,date,gross_cents,fee_cents,net_cents,txn_count,generated_at,unique_run_id';

const LINE = /^([\w.:-]+),(\d{4}-\d\d-\d\d),(\d+),(\d+),(-?\d+),(\d+),([^,"]+),([^,"]+)$/;

/** A settlement file taken apart, and what is wrong with it by itself; one sentence for each. */
export type CsvFile = {
  readonly lines: number;
  readonly groups: Groups;
  readonly form: readonly string[];
  readonly order: readonly string[];
  readonly nets: readonly string[];
  readonly runs: readonly string[];
};

/**
 * Reads a file more strictly than a CSV reader would: nothing in it ever needs quoting, so quotes, carriage returns or
 * an unfinished last line are differences.
 */
export function readCsv(text: string, run: { readonly generatedAt: string; readonly runId: string }): CsvFile {
  const [header = '', ...lines] = text.split('\n');
  const form = header === HEADER ? [] : [`the header is ${JSON.stringify(header)}, not ${HEADER}`];
  if (lines.pop() !== '') form.push('the last line does not end');
  const file = {
    lines: lines.length,
    groups: new Groups(),
    form,
    order: [] as string[],
    nets: [] as string[],
    runs: [] as string[],
  };
  let before = '';
  for (const [index, line] of lines.entries()) {
    const [, merchantId = '', day = '', gross = '', fee = '', net = '', count = '', generatedAt, runId] =
      LINE.exec(line) ?? [];
    const where = `line ${index + 2} (${merchantId} on ${day})`;
    if (merchantId === '') {
      form.push(`line ${index + 2} is ${JSON.stringify(line.slice(0, 200))}`);
      continue;
    }
    if (file.groups.of(day, merchantId)) form.push(`${where} is not the only one of its merchant and day`);
    const place = placeOf(day, merchantId);
    if (place < before) file.order.push(`${where} comes after ${before}`);
    before = place;
    const [grossCents, feeCents] = [BigInt(gross), BigInt(fee)];
    file.groups.add(day, merchantId, grossCents, feeCents, Number(count));
    const wantedNet = `${grossCents - feeCents}`;
    if (net !== wantedNet) file.nets.push(`${where}: expected net_cents ${wantedNet}, found ${net}`);
    if (generatedAt !== run.generatedAt || runId !== run.runId) {
      file.runs.push(`${where}: expected ${run.generatedAt},${run.runId}, found ${generatedAt},${runId}`);
    }
  }
  return file;
}

/** Where in the file a settlement belongs: `<day> <shard> <merchant>`. A merchant's shard is the last four bits of the first byte of the SHA-256 of its id. */
export function placeOf(day: string, merchantId: string): string {
  const [first = 0] = hash('sha256', merchantId, 'buffer');
  return `${day} ${String(first % 16).padStart(2, '0')} ${merchantId}`;
}
