import { z } from 'zod';
import { name, text } from '../kernel/fields.ts';
import type { Wanted } from './find-payouts.ts';
import { parseBatchId } from './ids.ts';
import { isSearched, PAYOUT_STATUSES, SEARCHED } from './payout.ts';

const filters = {
  external_id: text(128).optional().meta({ description: 'Claimed by the payout.' }),
  transaction_id: text(128).optional().meta({ description: 'Claimed by the payout, with `claim_transactions`.' }),
  batch_id: name().optional(),
  status: z
    .enum(PAYOUT_STATUSES, `must be one of ${PAYOUT_STATUSES.join(', ')}`)
    .optional()
    .meta({ description: `One of ${SEARCHED.join(', ')}. With a \`batch_id\`, any status.` }),
};
type Filters = z.output<z.ZodObject<typeof filters>>;

/** Codes of failures, separated by commas. */
export const failureCodes = z
  .string()
  .max(1_000, 'must be at most 1000 characters')
  .regex(/^[!-+\--~]+(,[!-+\--~]+)*$/, 'must be codes, separated by commas')
  .transform((codes) => new Set(codes.split(',')))
  .meta({ description: 'Only failures with one of these codes, separated by commas.' });

/** The query of GET /payouts: one filter, or a batch and a status. @param page the parameters of the page */
export const payoutQuery = <Page extends z.ZodRawShape>(page: Page) =>
  z.strictObject({ ...filters, ...page }).transform((query, context) => {
    const wanted = wantedBy(query as Filters);
    if (typeof wanted !== 'string') return { ...query, wanted };
    context.addIssue({ code: 'custom', path: [], message: wanted });
    return z.NEVER;
  });

/** @returns what is wrong with the filters */
function wantedBy({
  external_id: externalId,
  transaction_id: transactionId,
  batch_id: batch,
  status,
}: Filters): Wanted | string {
  const batchId = batch === undefined ? undefined : parseBatchId(batch);
  const given = [externalId, transactionId, batchId ?? status].filter((filter) => filter !== undefined);
  if (given.length !== 1)
    return 'must have one of external_id, transaction_id, batch_id and status, or batch_id with status';
  if (externalId !== undefined) return { key: { kind: 'external_id', value: externalId } };
  if (transactionId !== undefined) return { key: { kind: 'transaction_id', value: transactionId } };
  if (batchId !== undefined) return { batchId, status };
  return status && isSearched(status)
    ? { status }
    : `must have a batch_id, unless status is one of ${SEARCHED.join(', ')}`;
}
