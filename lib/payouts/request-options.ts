import { z } from 'zod';
import { DUPLICATES } from './claim.ts';
import type { Given } from './request-entry.ts';

/** What a batch and a file can ask for. */
export const options = {
  auto_start: z.boolean('must be true or false').default(true),
  claim_transactions: z
    .boolean('must be true or false')
    .default(false)
    .meta({ description: 'Claims each of `transaction_ids`, so that no sale is paid out twice.' }),
};

export const duplicates = z.enum(DUPLICATES, `must be one of ${DUPLICATES.join(', ')}`);

/** What a request claims, it must also check. */
export function refuseClaimsWithoutCheck(
  { duplicates, claim_transactions }: Given,
  context: z.core.$RefinementCtx,
): void {
  if (claim_transactions !== true || duplicates !== 'allow') return;
  const message = 'cannot be combined with `duplicates: "allow"`, which claims nothing';
  context.addIssue({ code: 'custom', path: ['claim_transactions'], message });
}
