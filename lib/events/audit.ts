import type { CloudEvent } from './cloud-event.ts';

/** Where an event stands in the log, `<time>#<id>`: the log is in this order, and a time alone comes before its events. */
export type Position = string & { readonly __brand: 'Position' };

/** From `from` up to and without `to`; what comes after `after` if it is given. */
export type TimeRange = { readonly from: Position; readonly to: Position; readonly after?: Position };

/** @param instant epoch milliseconds */
export function positionAt(instant: number): Position {
  return new Date(instant).toISOString() as Position;
}

export function positionOf({ time, id }: Pick<CloudEvent, 'time' | 'id'>): Position {
  return `${positionAt(Date.parse(time))}#${id}` as Position;
}
