import { addDays, dayOf } from '../kernel/day.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { createJob } from './create-job.ts';
import type { Job } from './job.ts';
import type { SettlementDeps } from './ports.ts';

/**
 * Settles the last whole day once: the day is the idempotency key of the request. After a failed job another one is created,
 * once for each failure.
 */
export async function settleYesterday(deps: SettlementDeps): Promise<{ job: Job; replayed: boolean }> {
  const yesterday = addDays(dayOf(deps.now()), -1);
  const range = { from: yesterday, to: yesterday };
  let key = `daily ${yesterday}`;
  for (;;) {
    const created = await createJob(deps, range, key as IdempotencyKey);
    if (created.job.status !== 'FAILED') return created;
    key = `daily ${yesterday} after ${created.job.id}`;
  }
}
