import type { Day } from '../kernel/day.ts';
import type { TimeRange } from './audit.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { Count } from './counts.ts';
import type { DomainEvent } from './event.ts';

/** Events that wait, counted up to a limit, and the time of the oldest of them. */
export type Backlog = { readonly waiting: number; readonly countedUpTo: number; readonly oldest?: string };

/** The events of all domains, written together with what they tell of. What it says to wait may lag behind a little. */
export interface Outbox {
  /** The shards that waiting events are spread over. */
  readonly shards: readonly number[];
  /** Events of a shard that have waited since before `before` (epoch milliseconds), oldest first, after `after`. */
  waiting(shard: number, page: { before: number; limit: number; after?: DomainEvent }): Promise<DomainEvent[]>;
  /** They wait no longer, and are forgotten after a week. Doing it again changes nothing. */
  markPublished(events: readonly DomainEvent[], now: number): Promise<void>;
  backlog(): Promise<Backlog>;
}

/** What became of messages that were handled together; if not all are done, the first reason why. */
export type Handled<Message> = { readonly done: readonly Message[]; readonly failure?: unknown };

/** `isDown`: the topic answered a call with an error, so the events after it were not sent. */
export type Published = Handled<DomainEvent> & { readonly isDown?: boolean };

/** Subscribers receive every published event at least once. */
export interface Topic {
  /** Never throws. An event that the topic refuses does not keep the others from being published. */
  publish(events: readonly DomainEvent[]): Promise<Published>;
}

export type RelayDeps = {
  readonly outbox: Outbox;
  readonly topic: Topic;
  readonly policy: { readonly sweepAfterMs: number; readonly pageSize: number };
  /** Epoch milliseconds. */
  readonly now: () => number;
};

export interface Counters {
  /**
   * Adds the counts of events, all or none, each event once however often and by however many at once it is brought.
   * @returns the ids of those that were new
   */
  add(events: readonly { id: string; counts: readonly Count[] }[], now: number): Promise<string[]>;
  read(): Promise<Count[]>;
}

export type MetricsDeps = {
  readonly counters: Counters;
  readonly outbox: Pick<Outbox, 'backlog'>;
  readonly now: () => number;
};

/** Grows, and never changes. */
export interface AuditLog {
  /** Once, however often it is brought. @returns false if it was there */
  append(event: CloudEvent): Promise<boolean>;
  ofDay(day: Day, range: TimeRange, limit: number): Promise<CloudEvent[]>;
  ofSubject(subject: string, range: TimeRange, limit: number): Promise<CloudEvent[]>;
}

export type AuditDeps = { readonly audit: AuditLog; readonly now: () => number };
