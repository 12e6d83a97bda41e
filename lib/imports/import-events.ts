import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import { type Checkpoint, type Import, type ImportId, kindOf } from './import.ts';

/* No status comes back, and each checkpoint has more rows than the one before it: so each event exists once at most. */

const sourceOf = (id: ImportId) => `/sluice/${kindOf(id)}`;

export function importCreated(deps: EventDeps, { id, format }: Import): DomainEvent {
  return eventOf(deps, { type: 'import.created', source: sourceOf(id), subject: id, data: { import_id: id, format } });
}

export function importStarted(deps: EventDeps, id: ImportId, bytes: number): DomainEvent {
  return eventOf(deps, { type: 'import.started', source: sourceOf(id), subject: id, data: { import_id: id, bytes } });
}

/** A window of rows is stored, and the checkpoint is after it. @param pass if the file is read several times */
export function importAdvanced(deps: EventDeps, id: ImportId, checkpoint: Checkpoint, pass?: string): DomainEvent {
  const data = { import_id: id, ...rowsIn(checkpoint) };
  const fact = [id, ...(pass ? [pass] : []), checkpoint.rows].join(':');
  return eventOf(deps, { type: 'import.advanced', source: sourceOf(id), subject: id, fact, data });
}

export function importCompleted(deps: EventDeps, id: ImportId, checkpoint: Checkpoint): DomainEvent {
  const data = { import_id: id, ...rowsIn(checkpoint) };
  return eventOf(deps, { type: 'import.completed', source: sourceOf(id), subject: id, data });
}

export function importFailed(deps: EventDeps, { id, checkpoint }: Import, failure: string): DomainEvent {
  const data = { import_id: id, ...rowsIn(checkpoint), failure };
  return eventOf(deps, { type: 'import.failed', source: sourceOf(id), subject: id, data });
}

function rowsIn({ rows, stored, unchanged, rejected }: Checkpoint) {
  return { rows, stored, unchanged, rejected };
}
