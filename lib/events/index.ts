/** What other domains use of events. An adapter stores an event with `appendToOutbox` of items.ts. */
export { type Position, positionAt, positionOf } from './audit.ts';
export { type CloudEvent, cloudEvent } from './cloud-event.ts';
export type { Count } from './counts.ts';
export { type DomainEvent, type EventDeps, eventOf, ofThisRequest } from './event.ts';
export { type AuditLog, type EventKey, type EventRecord, nameOfEvent } from './ports.ts';
export { readAuditKeys } from './read-audit.ts';
export { EVENT_TYPES, type EventDataOf, type EventType } from './schemas.ts';
export { type Described, eventEntries } from './timeline.ts';
