import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Day } from '../../lib/kernel/day.ts';
import { type Checkpoint, chunkId, chunksOf } from '../../lib/settlement/chunk.ts';
import type { Job, JobId } from '../../lib/settlement/job.ts';
import { total } from '../../lib/settlement/settlement.ts';
import { HEADER, placeOf } from '../../scripts/verify/csv-file.ts';
import type { JobFiles } from '../../scripts/verify/job-files.ts';
import { examineFiles } from '../../scripts/verify/job-files-checks.ts';

const JOB_ID = 'job_1' as JobId;
const CREATED_AT = '2024-03-02T01:00:00.000Z';
const queued: Job = {
  ...{ id: JOB_ID, status: 'QUEUED', shardsPerChunk: 8, createdAt: CREATED_AT },
  ...{ from: '2024-02-29' as Day, to: '2024-03-01' as Day },
};
/** In the order of the file: m-2 belongs to shard 10, m-1 to shard 4. */
const SETTLED = [
  { day: '2024-02-29', merchantId: 'm-1', gross: 9_007_199_254_740_993n, fee: 29n, count: 2 },
  { day: '2024-02-29', merchantId: 'm-2', gross: 500n, fee: 0n, count: 1 },
  { day: '2024-03-01', merchantId: 'm-1', gross: 700n, fee: 20n, count: 3 },
];
const lineOf = ({ day, merchantId, gross, fee, count }: (typeof SETTLED)[number]) =>
  `${merchantId},${day},${gross},${fee},${gross - fee},${count},${CREATED_AT},${JOB_ID}\n`;
const sha256 = (text: string) => hash('sha256', text);
const LINES = SETTLED.map(lineOf);
const [FIRST = '', SECOND = '', THIRD = ''] = LINES;

/** A job whose file has these lines, with a matching manifest and parts. */
function made(lines: readonly string[] = LINES) {
  const texts = new Map<string, string>();
  const checkpoints = chunksOf(queued).map((chunk): Checkpoint => {
    const [low, high] = [chunk.first, chunk.last + 1].map((shard) => `${chunk.day} ${String(shard).padStart(2, '0')}`);
    const isOfChunk = ({ day, merchantId }: { day: string; merchantId: string }) =>
      placeOf(day, merchantId) >= `${low}` && placeOf(day, merchantId) < `${high}`;
    const own = lines.filter((line) => {
      const [merchantId = '', day = ''] = line.replaceAll('"', '').split(',');
      return isOfChunk({ day, merchantId });
    });
    const [text, key] = [own.join(''), `parts/${chunkId(chunk)}`];
    if (text !== '') texts.set(key, text);
    const sums = total(SETTLED.filter(isOfChunk));
    const part = { rows: own.length, bytes: text.length, sha256: sha256(text), sums, ...(text === '' ? {} : { key }) };
    return { chunk: chunkId(chunk), transactions: 0, part };
  });
  const file = `${HEADER}\n${[...texts.values()].join('')}`;
  const outcome = { file: 'f', manifest: 'm', sha256: sha256(file), bytes: file.length, rows: lines.length };
  const manifest = {
    ...{ job_id: JOB_ID, from: queued.from, to: queued.to, generated_at: CREATED_AT },
    ...{ rows: outcome.rows, bytes: outcome.bytes, sha256: outcome.sha256 },
    sums: { gross_cents: 0, fee_cents: 49, net_cents: 0, txn_count: 6 },
    parts: checkpoints.flatMap(({ chunk, part: { sums: _, ...part } }) => (part.key ? [{ ...part, chunk }] : [])),
  };
  const { gross, fee } = total(SETTLED);
  const manifestText = JSON.stringify(manifest)
    .replace('"gross_cents":0', `"gross_cents":${gross}`)
    .replace('"net_cents":0', `"net_cents":${gross - fee}`);
  const files: JobFiles = {
    file: Buffer.from(file),
    manifest: manifestText,
    parts: new Map([...texts].map(([key, text]) => [key, Buffer.from(text)])),
  };
  return { job: { ...queued, status: 'COMPLETED', outcome } satisfies Job, checkpoints, files };
}

function found(lines?: readonly string[], changes: Partial<JobFiles> = {}): Record<string, string[]> {
  const { job, checkpoints, files } = made(lines);
  const { differences } = examineFiles(job, checkpoints, { ...files, ...changes });
  const byCheck = Map.groupBy(differences, ({ check }) => check);
  return Object.fromEntries([...byCheck].map(([check, all]) => [check, all.map(({ message }) => message)]));
}

/** A changed file beside the correct job. */
const withFile = (change: (text: string) => string) =>
  found(LINES, { file: Buffer.from(change(`${made().files.file}`)) });
const withManifest = (change: (text: string) => string) =>
  found(LINES, { manifest: change(`${made().files.manifest}`) });

describe('the files of a job', () => {
  it('have no differences when they are complete', () => expect(found()).toEqual({}));

  it.each<[string, (text: string) => string, string]>([
    ['another line', (text) => text.replace('700', '701'), 'sha256 of the part of 2024-03-01#00-07'],
    ['another header', (text) => text.replace('merchant_id', 'merchant'), 'sha256 of the header'],
    ['more bytes', (text) => `${text}x`, 'bytes of the file'],
    ['no bytes', () => '', 'bytes of the file'],
  ])('differ with %s in the file', (_what, change, message) => {
    expect(withFile(change).files?.join('\n')).toContain(`job ${JOB_ID}: ${message}: expected`);
  });

  it('differ if one is missing or unreadable', () => {
    expect(found(LINES, { file: undefined })).toEqual({ files: [`job ${JOB_ID}: its file is missing`] });
    expect(found(LINES, { manifest: undefined })).toEqual({ manifests: [`job ${JOB_ID}: its manifest is missing`] });
    expect(withManifest(() => '{')).toEqual({ manifests: [`job ${JOB_ID}: its manifest is unreadable: {`] });
    expect(found(LINES, { parts: new Map() }).parts).toHaveLength(3);
  });

  it.each<[string, string, string]>([
    ['job', `"job_id":"${JOB_ID}"`, '"job_id":"job_2"'],
    ['last day', '"to":"2024-03-01"', '"to":"2024-03-02"'],
    ['time', `"generated_at":"${CREATED_AT}"`, '"generated_at":"2024-03-02T01:00:01.000Z"'],
    ['fee', '"fee_cents":49', '"fee_cents":50'],
    ['gross, by one cent beyond the precision of a float', '9007199254742193', '9007199254742192'],
    ['number of rows', '"rows":3', '"rows":2'],
    ['list of parts', '"key":"parts/2024-03-01#00-07"', '"key":"parts/2024-03-01#08-15"'],
  ])('differ if the manifest has another %s', (_what, from, to) => {
    const differences = withManifest((text) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    });
    expect(Object.keys(differences)).toEqual(['manifests']);
    expect(differences.manifests).toHaveLength(1);
  });

  it.each<[string, string[], string]>([
    [
      'another net amount',
      [FIRST, SECOND, THIRD.replace('680', '681')],
      'line 4 (m-1 on 2024-03-01): expected net_cents 680, found 681',
    ],
    ['a repeated line', [FIRST, FIRST, SECOND, THIRD], 'line 3 (m-1 on 2024-02-29) repeats its merchant and day'],
    ['another job', [FIRST.replace(JOB_ID, 'job_2'), SECOND, THIRD], `found ${CREATED_AT},job_2`],
    ['a quoted value', [FIRST.replace('m-1', '"m-1"'), SECOND, THIRD], 'line 2 is '],
  ])('differ if a line has %s', (_what, lines, message) => {
    expect(found(lines).lines?.join('\n')).toContain(message);
  });

  it('differ if the lines are in another order', () => {
    expect(withFile((text) => text.replace(FIRST + SECOND, SECOND + FIRST)).lines).toEqual([
      expect.stringContaining('line 3 (m-1 on 2024-02-29) comes after 2024-02-29 10 m-2'),
    ]);
    expect(withFile((text) => text.replace(`${THIRD}`, '').replace(FIRST, THIRD + FIRST)).lines).toEqual([
      expect.stringContaining('line 3 (m-1 on 2024-02-29) comes after 2024-03-01 04 m-1'),
    ]);
  });

  it('differ if a line is in the part of another chunk', () => {
    const { job, checkpoints, files } = made();
    const moved = checkpoints.map((checkpoint) => ({
      ...checkpoint,
      chunk: checkpoint.chunk.replace('#00-07', '#05-07') as typeof checkpoint.chunk,
    }));
    const { differences } = examineFiles(job, moved, files);
    expect(differences.map(({ check }) => check)).toEqual(['parts', 'parts']);
    expect(differences[0]?.message).toContain('expected settlements of 2024-02-29#05-07, found m-1');
  });
});
