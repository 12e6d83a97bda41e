import { createHash } from 'node:crypto';
import { HEADER, placeOf, readCsv } from './csv-file.ts';
import type { Evidence, Part } from './evidence.ts';
import { differencesBetween, Groups, said } from './groups.ts';
import type { Recount } from './recount.ts';

export type Check = {
  readonly name: string;
  /** One sentence each, which names what was expected and what was found; none is expected. */
  readonly differences: readonly string[];
};

/** Everything that a completed job claims, beside what was counted. @param expected what somebody else has calculated */
export function checksOf(evidence: Evidence, counted: Recount, expected?: Groups): Check[] {
  const { job } = evidence;
  const run = { generatedAt: job.generated_at, runId: job.unique_run_id };
  const csv = readCsv(evidence.file.toString(), run);
  return [
    { name: 'the file is the one of the manifest', differences: differencesInBytes(evidence) },
    { name: 'every part is the one of the manifest', differences: evidence.parts.flatMap(differencesOfPart) },
    { name: 'the header and the parts make up the file', differences: differencesToParts(evidence) },
    { name: 'columns and lines have their form', differences: csv.form },
    { name: 'lines are in order of day, shard and merchant', differences: csv.order },
    { name: 'every line carries time and id of the job', differences: csv.runs },
    { name: 'net is gross less fee', differences: csv.nets },
    { name: 'the manifest is of this job', differences: differencesToJob(evidence) },
    { name: 'the sums of the manifest are those of the file', differences: differencesInSums(evidence, csv) },
    { name: 'the file is what the raw rows come to', differences: differencesBetween(counted.groups, csv.groups) },
    { name: 'the stored settlements are, too', differences: differencesInSettlements(evidence, counted.groups) },
    { name: 'the job has read every raw row', differences: differencesInRows(evidence, counted) },
    ...(expected ? [{ name: 'the file is what was expected', differences: toExpected(evidence, expected, csv) }] : []),
  ];
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

function unequal(what: string, expected: unknown, found: unknown): string[] {
  return `${expected}` === `${found}` ? [] : [`${what}: expected ${expected}, found ${found}`];
}

function differencesInBytes({ manifest, file }: Evidence): string[] {
  return [...unequal('bytes', manifest.bytes, file.length), ...unequal('sha256', manifest.sha256, sha256(file))];
}

function differencesOfPart({ key, chunk, rows, bytes, sha256: expected, content }: Part): string[] {
  if (!content) return [`${key}: expected ${bytes} bytes, found no such object`];
  const lines = content.toString().split('\n').slice(0, -1);
  const strangers = lines.filter((line) => !isOf(chunk, line));
  return [
    ...unequal(`${key}: bytes`, bytes, content.length),
    ...unequal(`${key}: sha256`, expected, sha256(content)),
    ...unequal(`${key}: rows`, rows, lines.length),
    ...strangers.map((line) => `${key}: expected settlements of ${chunk}, found ${line}`),
  ];
}

/** A chunk is a day and some shards of it: `2026-10-31#04-07`. */
function isOf(chunk: string, line: string): boolean {
  const [, day, first, last] = /^(.+)#(\d\d)-(\d\d)$/.exec(chunk) ?? [];
  const [merchantId = '', date = ''] = line.split(',');
  const place = placeOf(date, merchantId).slice(0, `${date} 00`.length);
  return place >= `${day} ${first}` && place <= `${day} ${last}`;
}

function differencesToParts({ parts, file }: Evidence): string[] {
  const whole = Buffer.concat([Buffer.from(`${HEADER}\n`), ...parts.map(({ content }) => content ?? Buffer.of())]);
  return unequal('sha256', sha256(whole), sha256(file));
}

function differencesToJob({ job, manifest }: Evidence): string[] {
  return [
    ...unequal('job_id', job.job_id, manifest.job_id),
    ...unequal('from', job.from, manifest.from),
    ...unequal('to', job.to, manifest.to),
    ...unequal('generated_at', job.generated_at, manifest.generated_at),
  ];
}

function differencesInSums({ manifest }: Evidence, csv: { readonly lines: number; readonly groups: Groups }): string[] {
  const { gross_cents: gross, fee_cents: fee, net_cents: net, txn_count: transactions } = manifest.sums;
  const total = csv.groups.total;
  return [
    ...unequal('rows', csv.lines, manifest.rows),
    ...unequal('gross_cents', total.gross, gross),
    ...unequal('fee_cents', total.fee, fee),
    ...unequal('net_cents', total.gross - total.fee, net),
    ...unequal('txn_count', total.count, transactions),
  ];
}

/** A later job may have settled these days again: then its sums stand there, and they have to be right as well. */
function differencesInSettlements({ job, settlements }: Evidence, counted: Groups): string[] {
  const stored = new Groups();
  const differences: string[] = [];
  for (const { merchant_id: merchantId, date, ...settlement } of settlements) {
    const { gross_cents: gross, fee_cents: fee, net_cents: net, txn_count: transactions } = settlement;
    stored.add(date, merchantId, gross, fee, transactions);
    const where = `${merchantId} on ${date}`;
    differences.push(...unequal(`${where}: net`, gross - fee, net));
    if (settlement.generated_at < job.generated_at) {
      differences.push(`${where}: expected this job or a later one, found ${settlement.unique_run_id}`);
    }
  }
  return [...differencesBetween(counted, stored), ...differences];
}

function differencesInRows({ job }: Evidence, counted: Recount): string[] {
  return unequal(`transactions from ${job.from} to ${job.to}`, counted.rows, job.transactions);
}

/** Of what is expected only the days of the job count. */
function toExpected({ job }: Evidence, expected: Groups, csv: { readonly groups: Groups }): string[] {
  const ofJob = new Groups();
  for (const { day, merchantId, gross, fee, count } of expected) {
    if (day >= job.from && day <= job.to) ofJob.add(day, merchantId, gross, fee, count);
  }
  return differencesBetween(ofJob, csv.groups);
}

export const summary = ({ groups, rows }: Recount) =>
  `${rows} transactions, ${groups.size} merchant days, ${said(groups.total)}`;
