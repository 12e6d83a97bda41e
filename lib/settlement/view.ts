import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import type * as answers from './answers.ts';
import type { Job } from './job.ts';
import type { JobWithProgress } from './read-jobs.ts';
import { checksum, net, type Settlement } from './settlement.ts';

export function acceptedView({ id, from, to, createdAt }: Job): z.input<typeof answers.acceptedJob> {
  return { job_id: id, status: 'QUEUED', from, to, created_at: createdAt };
}

export function jobView(job: Job): z.input<typeof answers.jobAnswer> {
  return {
    job_id: job.id,
    type: 'settlement',
    status: job.status,
    from: job.from,
    to: job.to,
    created_at: job.createdAt,
    started_at: job.startedAt ?? null,
    finished_at: job.finishedAt ?? null,
    generated_at: job.createdAt,
    unique_run_id: job.id,
    ...(job.failure ? { error: job.failure } : {}),
    ...(job.cancellation ? { cancellation: job.cancellation } : {}),
    ...(job.status === 'COMPLETED' && job.outcome
      ? {
          settlements: job.outcome.rows,
          sha256: job.outcome.sha256,
          download_url: `/downloads/${job.id}.csv`,
          manifest_url: `/downloads/${job.id}.manifest.json`,
        }
      : {}),
  };
}

export function progressView({ job, total, progress }: JobWithProgress): z.input<typeof answers.jobWithProgress> {
  // After the last chunk the file has to be assembled: 100 means that it can be downloaded.
  const percent = job.status === 'COMPLETED' ? 100 : Math.min(99, Math.floor((100 * progress.chunks) / total));
  return {
    ...jobView(job),
    progress: percent,
    processed: progress.chunks,
    total,
    transactions: progress.transactions,
  };
}

export function settlementView(settlement: Settlement): z.input<typeof answers.settlementAnswer> {
  return {
    merchant_id: settlement.merchantId,
    date: settlement.day,
    gross_cents: exactNumber(`${settlement.gross}`),
    fee_cents: exactNumber(`${settlement.fee}`),
    net_cents: exactNumber(`${net(settlement)}`),
    txn_count: settlement.count,
    generated_at: settlement.generatedAt,
    unique_run_id: settlement.runId,
    checksum: checksum(settlement),
  };
}
