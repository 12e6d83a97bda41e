import { hash } from 'node:crypto';
import { type Checkpoint, chunkId, chunksOf } from '../../lib/settlement/chunk.ts';
import { checkpointOf, jobOf, settlementOf } from '../../lib/settlement/items.ts';
import type { Job } from '../../lib/settlement/job.ts';
import { checksum, type Settlement } from '../../lib/settlement/settlement.ts';
import { HEADER } from '../settlement/csv-file.ts';
import { type Groups, type Sums, said } from '../settlement/groups.ts';
import { attempt, type Difference, differencesOf, type Item, unequal } from './difference.ts';

export const SETTLEMENT_CHECKS = {
  jobs: 'every job can be read, and is in a status that there is',
  chunks: 'every completed job has settled just its chunks, and its outcome is what they come to',
  files: 'the file of every completed job is there, byte for byte: its header and the parts of its chunks',
  settlements: 'every settlement is of a job that there is, of a day of it, and its net is gross less fee',
  recount: 'no settlement is of more than the rows come to, and one that counts all of them has their sums',
} as const;
export type SettlementCheck = keyof typeof SETTLEMENT_CHECKS;

/** What a completed job's file is, cut where its header and its parts should end. */
export type FileRead = {
  readonly bytes: number;
  readonly sha256: string;
  /** One SHA-256 for each of `lengthsOf`; none of those that begin beyond the end. */
  readonly pieces: readonly string[];
};

/** How long header and parts of a file are, in its order. */
export function lengthsOf(checkpoints: readonly Checkpoint[]): number[] {
  return [`${HEADER}\n`.length, ...checkpoints.map(({ part }) => part.bytes)];
}

/** @param items the job's checkpoints as they are stored, in their order */
export function readCheckpoints(items: readonly Item[]): Checkpoint[] | string {
  const tried = attempt(() => items.map(checkpointOf));
  return 'read' in tried ? tried.read : `a checkpoint cannot be read: ${tried.why}`;
}

export function differencesInJob(job: Job, checkpoints: Checkpoint[] | string): Difference<SettlementCheck>[] {
  const differ = differencesOf<SettlementCheck>(job.id, `job ${job.id}`);
  if (job.status !== 'COMPLETED') return [];
  if (typeof checkpoints === 'string') return differ('chunks', [checkpoints]);
  const [wanted, found] = [chunksOf(job).map(chunkId), checkpoints.map(({ chunk }) => chunk)];
  const isFound = new Set(found);
  const isWanted = new Set(wanted);
  const { outcome } = job;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  return differ('chunks', [
    ...wanted.filter((chunk) => !isFound.has(chunk)).map((chunk) => `chunk ${chunk} has no checkpoint`),
    ...found.filter((chunk) => !isWanted.has(chunk)).map((chunk) => `chunk ${chunk} is none of its chunks`),
    ...unequal('rows', sum(checkpoints.map(({ part }) => part.rows)), outcome?.rows),
    ...unequal('bytes', sum(lengthsOf(checkpoints)), outcome?.bytes),
  ]);
}

/** @param file undefined if there is none @param manifest its text */
export function differencesInFile(
  job: Job,
  checkpoints: readonly Checkpoint[],
  { file, manifest }: { readonly file: FileRead | undefined; readonly manifest: string | undefined },
): Difference<SettlementCheck>[] {
  const differ = differencesOf<SettlementCheck>(job.id, `job ${job.id}`);
  const { outcome } = job;
  if (!file) return differ('files', ['its file is not there']);
  const wanted = [hash('sha256', `${HEADER}\n`), ...checkpoints.map(({ part }) => part.sha256)];
  const names = ['the header', ...checkpoints.map(({ chunk }) => `the part of ${chunk}`)];
  return differ('files', [
    ...unequal('bytes of the file', outcome?.bytes, file.bytes),
    ...unequal('sha256 of the file', outcome?.sha256, file.sha256),
    ...wanted.flatMap((sha256, index) => unequal(`sha256 of ${names[index]}`, sha256, file.pieces[index])),
    ...differencesInManifest(job, manifest),
  ]);
}

function differencesInManifest({ id, outcome }: Job, text: string | undefined): string[] {
  if (text === undefined) return ['its manifest is not there'];
  const tried = attempt(() => JSON.parse(text) as Record<string, unknown>);
  if ('why' in tried) return [`its manifest cannot be read: ${tried.why}`];
  const { job_id, sha256, bytes, rows } = tried.read;
  return [
    ...unequal('job_id in the manifest', id, job_id),
    ...unequal('sha256 in the manifest', outcome?.sha256, sha256),
    ...unequal('bytes in the manifest', outcome?.bytes, bytes),
    ...unequal('rows in the manifest', outcome?.rows, rows),
  ];
}

/** A stored settlement by itself. @param job that it says it is of */
export function differencesInSettlement(item: Item, job: Job | undefined): Difference<SettlementCheck>[] {
  const settlement = settlementOf(item);
  const { day, runId, gross, fee, generatedAt } = settlement;
  const differ = differencesOf<SettlementCheck>(`${item.pk} ${item.sk}`, nameOf(settlement));
  if (!job) return differ('settlements', [`is of ${runId}, and there is no such job`]);
  const isOfJob = day >= job.from && day <= job.to;
  return differ('settlements', [
    ...unequal('net', gross - fee, item.net),
    ...unequal('checksum', checksum(settlement), item.checksum),
    ...unequal('time of its job', job.createdAt, generatedAt),
    ...(isOfJob ? [] : [`is of ${runId}, which settles ${job.from} to ${job.to}`]),
  ]);
}

export type Recounted = 'up to date' | 'behind' | Difference<SettlementCheck>;

/**
 * Rows are never taken back, so a settlement is of as many as there are, or of fewer if some came in after it.
 * @param rows what the paid rows of this merchant and day come to, read after the settlement
 */
export function recounted(settlement: Settlement, rows: Sums | undefined): Recounted {
  const { gross, fee, count, merchantId, day } = settlement;
  const all = rows ?? { gross: 0n, fee: 0n, count: 0 };
  if (count < all.count && gross <= all.gross && fee <= all.fee) return 'behind';
  if (said(settlement) === said(all)) return 'up to date';
  const says = `${nameOf(settlement)}: the rows come to ${said(all)}, found ${said({ gross, fee, count })}`;
  return { check: 'recount', id: `${day} ${merchantId}`, says };
}

const nameOf = ({ merchantId, day }: Settlement) => `settlement of ${merchantId} on ${day}`;

/** Everything of two whole tables that nobody writes to meanwhile, but for the files. @param rows as the raw rows come to */
export function differencesInSettlements(items: readonly Item[], rows: Groups): Difference<SettlementCheck>[] {
  const jobs = new Map<string, Job>(
    items.filter(({ sk }) => sk === 'JOB').map((item) => [jobOf(item).id, jobOf(item)]),
  );
  const settlements = items.filter(({ pk }) => `${pk}`.startsWith('DAY#'));
  const checkpointsOf = (id: string) =>
    items.filter(({ pk, sk }) => pk === `JOB#${id}` && sk !== 'JOB').sort((a, b) => (`${a.sk}` < `${b.sk}` ? -1 : 1));
  return [
    ...[...jobs.values()].flatMap((job) => differencesInJob(job, readCheckpoints(checkpointsOf(job.id)))),
    ...settlements.flatMap((item) => {
      const settlement = settlementOf(item);
      const again = recounted(settlement, rows.of(settlement.day, settlement.merchantId));
      return [
        ...differencesInSettlement(item, jobs.get(settlement.runId)),
        ...(typeof again === 'object' ? [again] : []),
      ];
    }),
  ];
}
