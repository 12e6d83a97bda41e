import { z } from 'zod';
import { FORMATS } from '../imports/index.ts';
import { count, int64, object, orNull, otherwise, time } from '../kernel/fields.ts';
import {
  BATCH_STATUSES,
  duplicates,
  ON_INVALID,
  options,
  payoutCounts,
  refuseClaimsWithoutCheck,
} from '../payouts/index.ts';
import { UPLOAD_STATUSES } from './read-upload.ts';

/** The body of POST /batches/uploads. */
export const uploadRequest = object({
  format: z.enum(FORMATS, otherwise(`must be one of ${FORMATS.join(', ')}`)),
  ...options,
  on_invalid: z
    .enum(ON_INVALID, `must be one of ${ON_INVALID.join(', ')}`)
    .default('reject_all')
    .meta({
      description: '`reject_all`: one row that is not valid refuses the file. `skip`: only the valid rows are stored.',
    }),
  duplicates: duplicates.default('reject').meta({
    description:
      'What happens to a payout whose key another payout has. `reject`: nothing of the file is paid. `skip`: the others are. `allow`: keys are neither checked nor claimed.',
  }),
})
  .superRefine(refuseClaimsWithoutCheck)
  .transform(({ format, auto_start, on_invalid, duplicates, claim_transactions }) => ({
    ...{ format, duplicates, autoStart: auto_start, onInvalid: on_invalid, claimsSales: claim_transactions },
  }))
  .meta({ id: 'UploadRequest' });
export type UploadRequest = z.output<typeof uploadRequest>;

export const createdUpload = z
  .object({
    upload_id: z.string(),
    status: z.enum(UPLOAD_STATUSES),
    format: z.enum(FORMATS),
    upload_url: z.string().meta({ format: 'uri', description: 'PUT the file here. No key is needed.' }),
    expires_at: time().meta({ description: 'The last time at which an upload can begin.' }),
  })
  .meta({ id: 'CreatedUpload' });

const total = z.object({ amount_minor: int64(), currency: z.string() });

export const uploadAnswer = z
  .object({
    upload_id: z.string(),
    status: z.enum(UPLOAD_STATUSES),
    format: z.enum(FORMATS),
    approval_id: orNull(z.string()).meta({ description: 'Of an upload that other persons have to approve.' }),
    created_at: time(),
    progress: z.number().meta({ type: 'integer', minimum: 0, maximum: 100, description: 'Of the current pass.' }),
    bytes_done: count(),
    bytes_total: count(),
    rows: count().meta({ description: 'Rows read: by the first pass while it checks, else by the second one.' }),
    stored: count(),
    duplicates: count(),
    rejected: count(),
    totals: z.array(total).meta({ description: 'Of what is stored.' }),
    batches: z.array(
      z.object({
        batch_id: z.string(),
        status: z.enum(BATCH_STATUSES),
        total_count: count(),
        chunks_done: count(),
        chunk_count: count(),
      }),
    ),
    counts: payoutCounts.meta({
      description: 'Payouts of the batches that have ended, as they were at their end. `open`: those of the others.',
    }),
    open: count(),
    rejected_url: z
      .string()
      .optional()
      .meta({ description: 'The path of the report of rejected rows, if there are any.' }),
    report: z.enum(['none', 'writing', 'ready']),
    error: z.string().optional().meta({ description: 'Only if the upload is refused.' }),
  })
  .meta({ id: 'Upload' });
