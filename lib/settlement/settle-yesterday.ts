import { range } from 'es-toolkit';
import { addDays, type Day, dayOf } from '../kernel/day.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { createJob } from './create-job.ts';
import type { Job } from './job.ts';
import type { JobStore, SettlementDeps } from './ports.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** The rule may be off, or fail, for so many days before a day is not settled by itself. */
export const LOOK_BACK_DAYS = 7;
/** A day is remembered for longer than the rule asks for it. */
const KEY_LIFE_MS = (LOOK_BACK_DAYS + 2) * DAY_MS;

type Settled = { readonly job: Job; readonly replayed: boolean };

/**
 * Settles each of the last whole days that has no job yet: yesterday, and days that the rule has missed. A day whose job runs, has
 * ended or was cancelled is left. One day that fails does not keep the others.
 * @returns the job of yesterday, and how many jobs are new
 * @throws AggregateError with the errors of the days that could not be requested
 */
export async function settleYesterday(deps: SettlementDeps): Promise<Settled & { readonly created: number }> {
  const today = dayOf(deps.now());
  const settled: Settled[] = [];
  const errors: unknown[] = [];
  for (let back = 1; back <= LOOK_BACK_DAYS; back += 1) {
    await settleDay(deps, addDays(today, -back)).then(
      (one) => settled.push(one),
      (error: unknown) => errors.push(error),
    );
  }
  const [yesterday] = settled;
  if (errors.length > 0 || !yesterday)
    throw new AggregateError(errors, `The settlement of ${errors.length} of the last days could not be requested`);
  return { ...yesterday, created: settled.filter(({ replayed }) => !replayed).length };
}

/** Once: the day is the idempotency key of the request. After a failed job another one is created, once for each failure. */
async function settleDay(deps: SettlementDeps, day: Day): Promise<Settled> {
  let failed: Job | undefined;
  for (;;) {
    const created = await createJob(deps, { from: day, to: day }, dailyKey(day, failed), KEY_LIFE_MS);
    if (created.job.status !== 'FAILED') return created;
    failed = created.job;
  }
}

/**
 * The end of the oldest of the last days whose job has neither completed nor was cancelled; ISO 8601 UTC. Also if there is no
 * such job.
 */
export async function oldestUnsettled(
  { jobs }: Pick<SettlementDeps, 'jobs'>,
  now: number,
): Promise<string | undefined> {
  const today = dayOf(now);
  const days = range(1, LOOK_BACK_DAYS + 1).map((back) => addDays(today, -back));
  const settled = await Promise.all(days.map((day) => isSettled(jobs, day, now)));
  const oldest = days.findLast((_, index) => !settled[index]);
  return oldest && `${addDays(oldest, 1)}T00:00:00.000Z`;
}

async function isSettled(jobs: JobStore, day: Day, now: number): Promise<boolean> {
  let job = await jobs.readByKey(dailyKey(day), now);
  while (job?.status === 'FAILED') job = await jobs.readByKey(dailyKey(day, job), now);
  return job?.status === 'COMPLETED' || job?.status === 'CANCELLED';
}

const dailyKey = (day: Day, failed?: Job) => `daily ${day}${failed ? ` after ${failed.id}` : ''}` as IdempotencyKey;
