import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Checkpoint, Import, ImportId } from './import.ts';

/* An import has each of these events once at most, because no status comes back. */

const source = '/sluice/transactions';

export function importCreated(deps: EventDeps, { id, format }: Import): DomainEvent {
  return eventOf(deps, { type: 'import.created', source, subject: id, data: { import_id: id, format } });
}

export function importStarted(deps: EventDeps, id: ImportId, bytes: number): DomainEvent {
  return eventOf(deps, { type: 'import.started', source, subject: id, data: { import_id: id, bytes } });
}

export function importCompleted(deps: EventDeps, id: ImportId, checkpoint: Checkpoint): DomainEvent {
  const data = { import_id: id, ...rowsIn(checkpoint) };
  return eventOf(deps, { type: 'import.completed', source, subject: id, data });
}

export function importFailed(deps: EventDeps, { id, checkpoint }: Import, failure: string): DomainEvent {
  const data = { import_id: id, ...rowsIn(checkpoint), failure };
  return eventOf(deps, { type: 'import.failed', source, subject: id, data });
}

function rowsIn({ rows, stored, unchanged, rejected }: Checkpoint) {
  return { rows, stored, unchanged, rejected };
}
