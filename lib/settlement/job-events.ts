import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Job, JobFailure, JobId } from './job.ts';

/* A job has each of these events once at most, because no status comes back. */

const source = '/sluice/settlement';

export function settlementRequested(deps: EventDeps, { id, from, to }: Job): DomainEvent {
  return eventOf(deps, { type: 'settlement.requested', source, subject: id, data: { job_id: id, from, to } });
}

export function settlementMoved(
  deps: EventDeps,
  type: 'settlement.started' | 'settlement.cancelled',
  id: JobId,
): DomainEvent {
  return eventOf(deps, { type, source, subject: id, data: { job_id: id } });
}

export function cancelRequested(deps: EventDeps, id: JobId, reason: string | undefined): DomainEvent {
  const data = { job_id: id, ...(reason === undefined ? {} : { reason }) };
  return eventOf(deps, { type: 'settlement.cancel_requested', source, subject: id, data });
}

export function settlementFailed(deps: EventDeps, id: JobId, { code }: JobFailure): DomainEvent {
  return eventOf(deps, { type: 'settlement.failed', source, subject: id, data: { job_id: id, failure_code: code } });
}
