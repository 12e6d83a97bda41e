import { AppError, orNotFound } from '../kernel/errors.ts';
import type { Batch } from './batch.ts';
import { isScheduled, type Scheduled } from './batch.ts';
import { batchRescheduled } from './batch-events.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';

const DAY_MS = 24 * 3_600_000;
const MAX_DAYS_AHEAD = 90;
/** The clock of a client may be this far behind. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Changes the time of a scheduled batch. The time it has already changes nothing.
 * @throws AppError NOT_FOUND; VALIDATION_ERROR; INVALID_STATE it is not scheduled, or other persons have approved its time
 */
export async function scheduleBatch(deps: PayoutDeps, id: BatchId, startAt: string): Promise<Batch> {
  let batch = orNotFound(await deps.batches.read(id), `There is no batch ${id}.`);
  while (isScheduled(batch)) {
    if (batch.startAt === startAt) return batch;
    if (batch.approval) throw approvedFor(batch, 'moved to another time');
    requireStartAt(startAt, deps.now());
    const changed = await deps.batches.reschedule(batch, startAt, batchRescheduled(deps, batch, startAt));
    if (changed.done) return changed.item;
    batch = orNotFound(changed.found, `There is no batch ${id}.`); // it has changed since it was read
  }
  throw new AppError('INVALID_STATE', { message: `A batch that is ${batch.status} cannot be moved to another time.` });
}

/** @throws AppError VALIDATION_ERROR */
export function requireStartAt(startAt: string, now: number): void {
  const at = Date.parse(startAt);
  const reason =
    at < now - CLOCK_SKEW_MS
      ? 'must not be in the past'
      : at > now + MAX_DAYS_AHEAD * DAY_MS
        ? `must be at most ${MAX_DAYS_AHEAD} days ahead`
        : undefined;
  if (reason) throw new AppError('VALIDATION_ERROR', { details: [{ path: 'start_at', reason }] });
}

/** The time is part of what other persons approved. */
export function approvedFor({ startAt }: Scheduled, what: string): AppError {
  return new AppError('INVALID_STATE', { message: `This batch was approved for ${startAt}; it cannot be ${what}.` });
}
