import { hash } from 'node:crypto';
import { z } from 'zod';
import { ExactNumber, parseExact } from '../../lib/kernel/exact-json.ts';
import type { Checkpoint } from '../../lib/settlement/chunk.ts';
import type { Job } from '../../lib/settlement/job.ts';
import { type CsvFile, HEADER, placeOf, readCsv } from './csv-file.ts';
import { attempt, type Difference, differencesOf, unequal } from './difference.ts';
import type { JobFiles } from './job-files.ts';

export const JOB_FILES_CHECKS = {
  files: 'the file of every completed job consists of its header and the parts of its chunks, byte for byte',
  lines: 'the lines of every file have their format, order, net amounts, and the time and id of their job',
  parts: 'the bucket has every part of a file, with the settlements of its chunk only',
  manifests: 'every manifest describes its job, its file and its parts',
} as const;
type JobFilesCheck = keyof typeof JOB_FILES_CHECKS;

const count = z.instanceof(ExactNumber).transform(({ text }) => Number(text));
const minorUnits = z.instanceof(ExactNumber).transform(({ text }) => BigInt(text));
const manifestSchema = z.object({
  job_id: z.string(),
  from: z.string(),
  to: z.string(),
  generated_at: z.string(),
  rows: count,
  sums: z.object({ gross_cents: minorUnits, fee_cents: minorUnits, net_cents: minorUnits, txn_count: count }),
  bytes: count,
  sha256: z.string(),
  parts: z.array(z.object({ key: z.string(), rows: count, bytes: count, sha256: z.string() })),
});

/** @returns also the lines of the file, to compare with the rows; undefined without a file */
export function examineFiles(job: Job, checkpoints: readonly Checkpoint[], files: JobFiles) {
  const differ = differencesOf<JobFilesCheck>(job.id, `job ${job.id}`);
  const { file, manifest } = files;
  const csv = file && readCsv(file.toString(), { generatedAt: job.createdAt, runId: job.id });
  const differences: Difference<JobFilesCheck>[] = [
    ...differ('files', file ? differencesInBytes(job, checkpoints, file) : ['its file is missing']),
    ...differ('lines', csv?.faults ?? []),
    ...differ(
      'parts',
      checkpoints.flatMap((checkpoint) => differencesInPart(checkpoint, files)),
    ),
    ...differ('manifests', differencesInManifest(job, checkpoints, manifest, csv)),
  ];
  return { csv, differences };
}

const sha256 = (content: Buffer) => hash('sha256', content);

/** The file is cut where its header and its parts should end. */
function differencesInBytes({ outcome }: Job, checkpoints: readonly Checkpoint[], file: Buffer): string[] {
  const header = { what: 'the header', bytes: HEADER.length + 1, sha256: hash('sha256', `${HEADER}\n`) };
  const parts = checkpoints.map(({ chunk, part }) => ({ ...part, what: `the part of ${chunk}` }));
  let end = 0;
  const pieces = [header, ...parts].map((piece) => {
    end += piece.bytes;
    return { ...piece, found: file.subarray(end - piece.bytes, end) };
  });
  return [
    ...unequal('bytes of the file', outcome?.bytes, file.length),
    ...unequal('sha256 of the file', outcome?.sha256, sha256(file)),
    ...pieces.flatMap(({ what, sha256: expected, found }) => unequal(`sha256 of ${what}`, expected, sha256(found))),
  ];
}

function differencesInPart({ chunk, part }: Checkpoint, { parts }: JobFiles): string[] {
  if (part.key === undefined) return [];
  const content = parts.get(part.key);
  if (!content) return [`part ${part.key}: expected ${part.bytes} bytes, found no such object`];
  const lines = content.toString().split('\n').slice(0, -1);
  return [
    ...unequal('bytes', part.bytes, content.length),
    ...unequal('sha256', part.sha256, sha256(content)),
    ...unequal('lines', part.rows, lines.length),
    ...lines.filter((line) => !isOf(chunk, line)).map((line) => `expected settlements of ${chunk}, found ${line}`),
  ].map((message) => `part ${part.key}: ${message}`);
}

/** A chunk is a day and some shards: `2026-10-31#04-07`. */
function isOf(chunk: string, line: string): boolean {
  const [, day, first, last] = /^(.+)#(\d\d)-(\d\d)$/.exec(chunk) ?? [];
  const [merchantId = '', date = ''] = line.split(',');
  const place = placeOf(date, merchantId).slice(0, `${date} 00`.length);
  return place >= `${day} ${first}` && place <= `${day} ${last}`;
}

function differencesInManifest(
  job: Job,
  checkpoints: readonly Checkpoint[],
  text: string | undefined,
  csv: CsvFile | undefined,
): string[] {
  if (text === undefined) return ['its manifest is missing'];
  const tried = attempt(() => manifestSchema.parse(parseExact(text)));
  if ('error' in tried) return [`its manifest is unreadable: ${text.slice(0, 200)}`];
  const { sums, parts, ...manifest } = tried.value;
  const { id, from, to, createdAt, outcome } = job;
  const expectedParts = checkpoints.flatMap(({ part }) =>
    part.key === undefined ? [] : formatPart({ ...part, key: part.key }),
  );
  return [
    ...unequal('job_id', id, manifest.job_id),
    ...unequal('from', from, manifest.from),
    ...unequal('to', to, manifest.to),
    ...unequal('generated_at', createdAt, manifest.generated_at),
    ...unequal('sha256', outcome?.sha256, manifest.sha256),
    ...unequal('bytes', outcome?.bytes, manifest.bytes),
    ...unequal('rows', csv?.lines ?? outcome?.rows, manifest.rows),
    ...(csv ? differencesInSums(csv, sums) : []),
    ...unequal('parts', expectedParts.join('; '), parts.map(formatPart).join('; ')),
  ].map((message) => `manifest: ${message}`);
}

function differencesInSums({ groups: { total } }: CsvFile, sums: z.infer<typeof manifestSchema>['sums']): string[] {
  return [
    ...unequal('gross_cents', total.gross, sums.gross_cents),
    ...unequal('fee_cents', total.fee, sums.fee_cents),
    ...unequal('net_cents', total.gross - total.fee, sums.net_cents),
    ...unequal('txn_count', total.count, sums.txn_count),
  ];
}

type PartText = { readonly key: string; readonly rows: number; readonly bytes: number; readonly sha256: string };
const formatPart = ({ key, rows, bytes, sha256 }: PartText) => `${key}, ${rows} rows, ${bytes} bytes, ${sha256}`;
