import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checksOf } from '../../scripts/settlement/checks.ts';
import { HEADER } from '../../scripts/settlement/csv-file.ts';
import type { Evidence } from '../../scripts/settlement/evidence.ts';
import { Groups } from '../../scripts/settlement/groups.ts';

const GENERATED_AT = '2024-03-02T01:00:00.000Z';
const RUN = 'job_1';
const RAW = [
  { day: '2024-02-29', merchantId: 'm-1', gross: 9_007_199_254_740_993n, fee: 29n, count: 2 },
  { day: '2024-02-29', merchantId: 'm-2', gross: 500n, fee: 0n, count: 1 },
  { day: '2024-03-01', merchantId: 'm-1', gross: 700n, fee: 20n, count: 3 },
];

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

function counted() {
  const groups = new Groups();
  for (const { day, merchantId, gross, fee, count } of RAW) groups.add(day, merchantId, gross, fee, count);
  return { groups, rows: 9 };
}

/** What an honest job would have made, had it made these lines. */
function evidence(change: (lines: string[]) => string[] = (lines) => lines): Evidence {
  const lines = change(
    RAW.map(
      ({ day, merchantId, gross, fee, count }) =>
        `${merchantId},${day},${gross},${fee},${gross - fee},${count},${GENERATED_AT},${RUN}\n`,
    ),
  );
  const days = [...Map.groupBy(lines, (line) => line.split(',')[1] as string)];
  const parts = days.map(([day, ofDay]) => {
    const content = Buffer.from(ofDay.join(''));
    return {
      key: `${day}-03`,
      chunk: `${day}#00-15`,
      rows: ofDay.length,
      bytes: content.length,
      sha256: sha256(content),
      content,
    };
  });
  const file = Buffer.from([`${HEADER}\n`, ...lines].join(''));
  const { gross, fee, count } = counted().groups.total;
  const range = { from: '2024-02-29', to: '2024-03-01' };
  return {
    job: {
      ...{ job_id: RUN, status: 'COMPLETED', ...range, progress: 100, processed: 32, total: 32, transactions: 9 },
      ...{ generated_at: GENERATED_AT, unique_run_id: RUN },
    },
    manifest: {
      ...{ job_id: RUN, ...range, generated_at: GENERATED_AT, rows: lines.length, bytes: file.length },
      ...{ sha256: sha256(file), parts },
      sums: { gross_cents: gross, fee_cents: fee, net_cents: gross - fee, txn_count: count },
    },
    file,
    parts,
    settlements: RAW.map((row) => ({
      ...{ merchant_id: row.merchantId, date: row.day, txn_count: row.count },
      ...{ gross_cents: row.gross, fee_cents: row.fee, net_cents: row.gross - row.fee },
      ...{ generated_at: GENERATED_AT, unique_run_id: RUN },
    })),
  };
}

function failures(found: Evidence, expected?: Groups): Record<string, readonly string[]> {
  const failed = checksOf(found, counted(), expected).filter(({ differences }) => differences.length > 0);
  return Object.fromEntries(failed.map(({ name, differences }) => [name, differences]));
}

const THE_SUMS = 'the sums of the manifest are those of the file';
const THE_ROWS = 'the file is what the raw rows come to';
const THE_STORED = 'the stored settlements are, too';

describe('an audit of a settlement', () => {
  it('has nothing to say of an honest one', () => {
    expect(failures(evidence())).toEqual({});
    expect(failures(evidence(), counted().groups)).toEqual({});
  });

  it('misses a merchant that is not in the file, even if its hashes agree', () => {
    const found = failures(evidence(([, ...lines]) => lines));
    expect(found[THE_ROWS]).toEqual([
      'm-1 on 2024-02-29: expected gross 9007199254740993, fee 29, net 9007199254740964, txn_count 2, found nothing',
    ]);
    expect(Object.keys(found)).toEqual([THE_SUMS, THE_ROWS]);
  });

  it('sees one cent beyond the precision of a float', () => {
    const found = failures(
      evidence((lines) => lines.map((line) => line.replaceAll('9007199254740993', '9007199254740992'))),
    );
    expect(found[THE_ROWS]?.[0]).toMatch(
      /^m-1 on 2024-02-29: expected gross 9007199254740993,.* found gross 9007199254740992,/,
    );
    expect(found['net is gross less fee']).toEqual([
      'line 2 (m-1 on 2024-02-29): expected net_cents 9007199254740963, found 9007199254740964',
    ]);
  });

  it('names a merchant that is in the file and has no paid row', () => {
    const extra = `m-3,2024-03-01,5,0,5,1,${GENERATED_AT},${RUN}\n`;
    expect(failures(evidence((lines) => [...lines, extra]))[THE_ROWS]).toEqual([
      'm-3 on 2024-03-01: expected nothing, found gross 5, fee 0, net 5, txn_count 1',
    ]);
  });

  it('sees a line that is there twice, and lines in another order', () => {
    expect(failures(evidence(([first = '', ...lines]) => [first, first, ...lines]))).toMatchObject({
      'columns and lines have their form': ['line 3 (m-1 on 2024-02-29) is not the only one of its merchant and day'],
    });
    expect(failures(evidence(([a = '', b = '', c = '']) => [b, a, c]))).toEqual({
      'lines are in order of day, shard and merchant': ['line 3 (m-1 on 2024-02-29) comes after 2024-02-29 10 m-2'],
    });
    expect(failures(evidence(([a = '', b = '', c = '']) => [c, a, b]))).toEqual({
      'lines are in order of day, shard and merchant': ['line 3 (m-1 on 2024-02-29) comes after 2024-03-01 04 m-1'],
    });
  });

  it('sees a line of another run, and one that is quoted', () => {
    const ofAnother = failures(evidence(([first = '', ...lines]) => [first.replace(RUN, 'job_2'), ...lines]));
    expect(ofAnother).toEqual({
      'every line carries time and id of the job': [
        `line 2 (m-1 on 2024-02-29): expected ${GENERATED_AT},job_1, found ${GENERATED_AT},job_2`,
      ],
    });
    const quoted = failures(evidence(([first = '', ...lines]) => [first.replace('m-1', '"m-1"'), ...lines]));
    expect(quoted['columns and lines have their form']?.[0]).toMatch(/^line 2 is /);
  });

  it('sees a part that is gone, and a line that belongs into another part', () => {
    const honest = evidence();
    const gone = { ...honest, parts: honest.parts.map((part) => ({ ...part, content: undefined })) };
    expect(failures(gone)['every part is the one of the manifest']?.[0]).toMatch(
      /^2024-02-29-03: expected \d+ bytes, found no/,
    );
    const moved = {
      ...honest,
      parts: honest.parts.map((part) => ({ ...part, chunk: part.chunk.replace('00', '05') })),
    };
    expect(failures(moved)['every part is the one of the manifest']?.[0]).toMatch(
      /expected settlements of 2024-02-29#05-15, found m-1/,
    );
  });

  it('sees a manifest of another job', () => {
    const honest = evidence();
    expect(failures({ ...honest, manifest: { ...honest.manifest, job_id: 'job_2', to: '2024-03-02' } })).toEqual({
      'the manifest is of this job': [
        'job_id: expected job_1, found job_2',
        'to: expected 2024-03-01, found 2024-03-02',
      ],
    });
  });

  it('takes what a later job has stored, if it is right, and nothing of an earlier one', () => {
    const honest = evidence();
    const storedAt = (generated_at: string) => ({
      ...honest,
      settlements: honest.settlements.map((one) => ({ ...one, generated_at, unique_run_id: 'job_2' })),
    });
    expect(failures(storedAt('2024-03-03T01:00:00.000Z'))).toEqual({});
    expect(failures(storedAt('2024-03-01T01:00:00.000Z'))[THE_STORED]).toHaveLength(RAW.length);
  });

  it('sees a stored settlement that is missing, and one too many', () => {
    const honest = evidence();
    const [first, ...others] = honest.settlements as [Evidence['settlements'][number]];
    const other = { ...first, merchant_id: 'm-9' };
    expect(failures({ ...honest, settlements: [other, ...others] })[THE_STORED]).toEqual([
      expect.stringMatching(/^m-1 on 2024-02-29: expected .* found nothing$/),
      expect.stringMatching(/^m-9 on 2024-02-29: expected nothing, found /),
    ]);
  });

  it('sees rows that the job has not read', () => {
    const honest = evidence();
    expect(failures({ ...honest, job: { ...honest.job, transactions: 8 } })).toEqual({
      'the job has read every raw row': ['transactions from 2024-02-29 to 2024-03-01: expected 9, found 8'],
    });
  });

  it('compares with what was expected only the days of the job', () => {
    const { groups } = counted();
    groups.add('2024-03-02', 'm-1', 1n, 0n);
    expect(failures(evidence(), groups)).toEqual({});
    groups.add('2024-03-01', 'm-1', 1n, 0n);
    expect(failures(evidence(), groups)['the file is what was expected']).toHaveLength(1);
  });
});
