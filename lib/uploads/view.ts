import type { z } from 'zod';
import type { createImport } from '../imports/index.ts';
import { exactNumber } from '../kernel/exact-json.ts';
import { addSums, countsView } from '../payouts/index.ts';
import type { ShownUpload } from './read-upload.ts';
import type * as schemas from './schemas.ts';
import { workOf } from './upload.ts';

type Created = Awaited<ReturnType<typeof createImport>>;

export function createdView({ one, uploadUrl, expiresAt }: Created): z.input<typeof schemas.createdUpload> {
  return {
    upload_id: one.id,
    status: 'awaiting_upload',
    format: one.format,
    upload_url: uploadUrl,
    expires_at: expiresAt,
  };
}

export function uploadView({ one, status, batches, counts, open }: ShownUpload): z.input<typeof schemas.uploadAnswer> {
  const { id, format, createdAt, bytes = 0, checkpoint, report, failure } = one;
  const work = workOf(one);
  const done = one.status === 'COMPLETED' ? bytes : checkpoint.offset;
  return {
    upload_id: id,
    status,
    format,
    approval_id: work.approval?.id ?? null,
    created_at: createdAt,
    progress: one.status === 'COMPLETED' ? 100 : bytes === 0 ? 0 : Math.min(99, Math.floor((100 * done) / bytes)),
    bytes_done: done,
    bytes_total: bytes,
    rows: checkpoint.rows,
    stored: checkpoint.stored,
    duplicates: checkpoint.unchanged,
    rejected: checkpoint.rejected,
    totals: [...addSums(batches.map(({ amounts }) => amounts))].map(([currency, minor]) => ({
      amount_minor: exactNumber(`${minor}`),
      currency,
    })),
    batches: batches.map((batch) => ({
      batch_id: batch.id,
      status: batch.status,
      total_count: batch.total,
      chunks_done: batch.chunksDone.size,
      chunk_count: batch.chunkCount,
    })),
    counts: countsView(counts),
    open,
    ...(report === undefined ? {} : { rejected_url: `/batches/uploads/${id}/rejected.csv` }),
    report: work.report ? (work.report.ready ? 'ready' : 'writing') : 'none',
    ...(failure === undefined ? {} : { error: failure }),
  };
}
