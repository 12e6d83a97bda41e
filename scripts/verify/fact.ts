import type { EventType } from '../../lib/events/schemas.ts';

/** Something that happened and therefore has an event with this id. */
export type Fact = {
  readonly id: string;
  /** Or with one of these ids: a run of a batch is started, retried or cancelled, a processor is started or stopped, a key changed or rotated, an endpoint changed, rotated or disabled. */
  readonly or?: readonly string[];
  /** Of the event. */
  readonly subject: string;
  /** Epoch milliseconds. The event is not older. */
  readonly since: number;
};

/** What facts add to a counter. `of`: the events that must be counted for it; the series may have others. */
export type CounterChange = { readonly of: readonly string[]; readonly series: readonly string[]; readonly by: bigint };

/**
 * The facts behind an item. `run`: of a batch; each earlier run was stopped or completed, but no item says which. `entity`: its
 * id, if it may have had changes that no item shows any more: dead letters, currencies that a deposit added, windows of an
 * import. `perhaps`: ids of events that may have happened. `never`: of those that cannot have happened while the item exists.
 */
export type Facts = {
  readonly facts: readonly Fact[];
  readonly perhaps?: readonly string[];
  readonly never?: readonly string[];
  readonly entity?: string;
  readonly changes?: readonly CounterChange[];
  readonly run?: { readonly batch: string; readonly run: number };
};

export const NONE: Facts = { facts: [] };
/** Every version that stores this fact stores its event. */
export const ALWAYS = Number.POSITIVE_INFINITY;
export const eventId = (type: EventType, fact: string) => `${type}:${fact}`;
export const factOf = (type: EventType, subject: string, at: string): Fact => ({
  ...{ id: eventId(type, subject), subject, since: Date.parse(at) },
});
