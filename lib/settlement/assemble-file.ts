import { createHash, type Hash } from 'node:crypto';
import { pMapIterable } from 'p-map';
import { type DomainEvent, eventOf } from '../events/index.ts';
import { invariant } from '../kernel/errors.ts';
import { exactNumber } from '../kernel/exact-json.ts';
import { type Checkpoint, chunksOf, type Part } from './chunk.ts';
import type { Job, JobId, JobStatus, Outcome } from './job.ts';
import type { Files, SettlementDeps } from './ports.ts';
import { existing } from './read-jobs.ts';
import { CSV_HEADER, filesOf } from './settle-chunk.ts';
import { net, type Sums, total } from './settlement.ts';

/** Parts that are read ahead of the one being written. */
const AHEAD = 8;

/**
 * Writes the parts into one file in their order, checks each against its checkpoint, writes the manifest and completes the
 * job. All bytes derive from the checkpoints, so it can be repeated.
 * @returns the status of the job after it: `CANCELLING` if a client has cancelled it
 */
export async function assembleFile(deps: SettlementDeps, id: JobId): Promise<JobStatus> {
  const job = await existing(deps, id);
  if (job.status !== 'RUNNING') return job.status;
  const checkpoints = await deps.jobs.checkpoints(id);
  invariant(checkpoints.length === chunksOf(job).length, 'a file is assembled from all chunks of its job');
  const outcome = await writeFiles(deps.files, job, checkpoints);
  const finishedAt = new Date(deps.now()).toISOString();
  const event = completed(deps, job, outcome, checkpoints);
  return (await deps.jobs.move(id, 'COMPLETED', { finishedAt, outcome, event })).job.status;
}

function completed(
  deps: SettlementDeps,
  { id, from, to }: Job,
  { rows, sha256 }: Outcome,
  checkpoints: readonly Checkpoint[],
): DomainEvent {
  const sums = total(checkpoints.map(({ part }) => part.sums));
  const data = {
    job_id: id,
    from,
    to,
    settlement_count: rows,
    txn_count: sums.count,
    gross_cents: `${sums.gross}`,
    fee_cents: `${sums.fee}`,
    net_cents: `${net(sums)}`,
    sha256,
  };
  return eventOf(deps, { type: 'settlement.completed', source: '/sluice/settlement', subject: id, data });
}

async function writeFiles(files: Files, job: Job, checkpoints: readonly Checkpoint[]): Promise<Outcome> {
  const file = `${filesOf(job.id)}settlement.csv`;
  const manifest = `${filesOf(job.id)}manifest.json`;
  const whole = { hash: createHash('sha256'), bytes: 0 };
  const parts = checkpoints.map(({ part }) => part);
  await files.write(file, counted(contentOf(files, parts), whole), 'text/csv');
  const outcome: Outcome = {
    file,
    manifest,
    sha256: whole.hash.digest('hex'),
    bytes: whole.bytes,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  };
  await files.put(manifest, manifestOf(job, outcome, checkpoints), 'application/json');
  return outcome;
}

/** @throws InvariantError a part differs from its checkpoint */
async function* contentOf(files: Files, parts: readonly Part[]): AsyncGenerator<Buffer> {
  yield Buffer.from(CSV_HEADER);
  const stored = parts.filter((part): part is Part & { key: string } => part.key !== undefined);
  const fetched = pMapIterable(stored, async (part) => ({ part, content: await files.read(part.key) }), {
    concurrency: AHEAD,
  });
  for await (const { part, content } of fetched) {
    const sha256 = createHash('sha256').update(content).digest('hex');
    invariant(sha256 === part.sha256, `${part.key} differs from its checkpoint`);
    yield content;
  }
}

async function* counted(content: AsyncIterable<Buffer>, whole: { hash: Hash; bytes: number }): AsyncGenerator<Buffer> {
  for await (const piece of content) {
    whole.hash.update(piece);
    whole.bytes += piece.length;
    yield piece;
  }
}

/** For readers that check the file. The file has its header and then the parts, in this order. */
function manifestOf(job: Job, outcome: Outcome, checkpoints: readonly Checkpoint[]): string {
  const manifest = {
    job_id: job.id,
    from: job.from,
    to: job.to,
    generated_at: job.createdAt,
    rows: outcome.rows,
    sums: sumsView(total(checkpoints.map(({ part }) => part.sums))),
    bytes: outcome.bytes,
    sha256: outcome.sha256,
    parts: checkpoints.flatMap(({ chunk, part }) =>
      part.key === undefined ? [] : [{ key: part.key, chunk, rows: part.rows, bytes: part.bytes, sha256: part.sha256 }],
    ),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function sumsView(sums: Sums) {
  return {
    gross_cents: exactNumber(`${sums.gross}`),
    fee_cents: exactNumber(`${sums.fee}`),
    net_cents: exactNumber(`${net(sums)}`),
    txn_count: sums.count,
  };
}
