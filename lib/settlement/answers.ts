import { z } from 'zod';
import { count, int64, orNull, time } from '../kernel/fields.ts';
import { FAILURES, JOB_STATUSES } from './job.ts';

/*
 * The JSON that clients get (view.ts makes it). Amounts are in the marketplace's minor unit.
 */

const day = () => z.string().meta({ format: 'date' });
const range = { from: day(), to: day() };

/** POST /jobs/settlement. Only fields that never change, so that a repeated request gets the same answer at any time. */
export const acceptedJob = z
  .object({ job_id: z.string(), status: z.literal('QUEUED'), ...range, created_at: time() })
  .meta({ id: 'AcceptedJob' });

const job = {
  job_id: z.string(),
  type: z.literal('settlement'),
  status: z.enum(JOB_STATUSES),
  ...range,
  created_at: time(),
  started_at: orNull(time()),
  finished_at: orNull(time()),
  generated_at: time().meta({ description: 'As in the lines of the file: the time of the request.' }),
  unique_run_id: z.string().meta({ description: 'As in the lines of the file: the id of the job.' }),
  error: z
    .object({ code: z.enum(FAILURES), message: z.string() })
    .optional()
    .meta({ description: 'Only if the job is FAILED.' }),
  cancellation: z
    .object({ at: time(), reason: z.string().optional() })
    .optional()
    .meta({ description: 'Only if a client cancelled the job. Without a reason if the client gave none.' }),
  settlements: count().optional().meta({ description: 'Lines of the file. Only if the job is COMPLETED.' }),
  sha256: z.string().optional().meta({ description: 'Of the file. Only if the job is COMPLETED.' }),
  download_url: z.string().optional().meta({ description: 'The path of the file. Only if the job is COMPLETED.' }),
  manifest_url: z.string().optional().meta({ description: 'The path of the manifest. Only if the job is COMPLETED.' }),
};
export const jobAnswer = z.object(job).meta({ id: 'Job' });

export const jobWithProgress = z
  .object({
    ...job,
    progress: z
      .number()
      .meta({ type: 'integer', minimum: 0, maximum: 100, description: 'Never falls. 100 once there is a file.' }),
    processed: count().meta({ description: 'Chunks that are settled.' }),
    total: count().meta({ description: 'Chunks of the job.' }),
    transactions: count().meta({ description: 'Rows that were read.' }),
  })
  .meta({ id: 'JobWithProgress' });

export const settlementAnswer = z
  .object({
    merchant_id: z.string(),
    date: day(),
    gross_cents: int64(),
    fee_cents: int64(),
    net_cents: int64(),
    txn_count: count(),
    generated_at: time(),
    unique_run_id: z.string().meta({ description: 'The job that wrote it.' }),
    checksum: z
      .string()
      .meta({ description: 'SHA-256 of the merchant, the day and the sums. Independent of the job.' }),
  })
  .meta({ id: 'Settlement' });
