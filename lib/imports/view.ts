import type { z } from 'zod';
import type { CreatedImport } from './begin-import.ts';
import type { Import } from './import.ts';
import type * as schemas from './schemas.ts';

export function createdView({ one, uploadUrl, expiresAt }: CreatedImport): z.input<typeof schemas.createdImport> {
  return { import_id: one.id, status: one.status, format: one.format, upload_url: uploadUrl, expires_at: expiresAt };
}

export function importView(one: Import): z.input<typeof schemas.importAnswer> {
  const { id, status, format, createdAt, bytes = 0, checkpoint, report, failure } = one;
  const done = status === 'COMPLETED' ? bytes : checkpoint.offset;
  return {
    import_id: id,
    status,
    format,
    created_at: createdAt,
    progress: status === 'COMPLETED' ? 100 : bytes === 0 ? 0 : Math.min(99, Math.floor((100 * done) / bytes)),
    bytes_done: done,
    bytes_total: bytes,
    rows: checkpoint.rows,
    stored: checkpoint.stored,
    unchanged: checkpoint.unchanged,
    rejected: checkpoint.rejected,
    ...(report === undefined ? {} : { rejected_url: `/transactions/imports/${id}/rejected.csv` }),
    ...(failure === undefined ? {} : { error: failure }),
  };
}
