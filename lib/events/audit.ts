import type { CloudEvent } from './cloud-event.ts';

/** The position of an event in the log, `<time>#<id>`. The log has this order; a time without an id is before its events. */
export type Position = string & { readonly __brand: 'Position' };

/** From `from` up to and without `to`, and if `after` is set only what follows it. */
export type TimeRange = { readonly from: Position; readonly to: Position; readonly after?: Position };

/** @param instant epoch milliseconds */
export function positionAt(instant: number): Position {
  return new Date(instant).toISOString() as Position;
}

export function positionOf({ time, id }: Pick<CloudEvent, 'time' | 'id'>): Position {
  return `${positionAt(Date.parse(time))}#${id}` as Position;
}
