import type { Day } from '../kernel/day.ts';
import type { Position, TimeRange } from './audit.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { Count } from './counts.ts';
import type { DomainEvent } from './event.ts';

/** The number of unpublished events, counted up to a limit, and the time of the oldest one. */
export type Backlog = { readonly waiting: number; readonly countedUpTo: number; readonly oldest?: string | undefined };

/** The events of all domains. Each is written in one transaction with its change. Reads may lag behind the last writes. */
export interface Outbox {
  /** The shards that waiting events are spread over. */
  readonly shards: readonly number[];
  /** Unpublished events of a shard from before `before` (epoch milliseconds), oldest first, after the event `after`. */
  waiting(
    shard: number,
    page: { before: number; limit: number; after?: DomainEvent | undefined },
  ): Promise<DomainEvent[]>;
  /**
   * Marks the events that are not marked yet, each together with its counts: so an event counts once, also if several callers
   * mark it at the same time. All of them can be counted.
   */
  markPublished(events: readonly DomainEvent[], now: number): Promise<void>;
  backlog(): Promise<Backlog>;
}

/** The messages of a batch that were processed, and the first failure if there was one. */
export type Handled<Message> = { readonly done: readonly Message[]; readonly failure?: unknown };

/** `isDown`: a call to the topic failed, so later events were not sent. */
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
  /** One count for each series, in the order of their names. They include each event that is marked as published. */
  read(): Promise<Count[]>;
}

export type MetricsDeps = {
  readonly counters: Counters;
  readonly outbox: Pick<Outbox, 'backlog'>;
  readonly now: () => number;
};

/** The place of an event in the store. */
export type EventKey = { readonly subject: string; readonly position: Position };

/** One text for the place of an event. */
export const nameOfEvent = ({ subject, position }: EventKey) => `${subject} ${position}`;

/** `publishedAt`: absent until it is published; ISO 8601 UTC. */
export type EventRecord = { readonly event: CloudEvent; readonly publishedAt?: string | undefined };

/** All events, published or not, in the order of their positions. */
export interface AuditLog {
  /** Read from an index: the newest events may be missing. */
  ofDay(day: Day, range: TimeRange, limit: number): Promise<CloudEvent[]>;
  ofSubject(subject: string, range: TimeRange, limit: number): Promise<CloudEvent[]>;
  /** As `ofSubject`, with what is known of the publication. */
  recordsOf(subject: string, range: TimeRange, limit: number): Promise<EventRecord[]>;
  /** The keys of `ofDay`. */
  keysOfDay(day: Day, range: TimeRange, limit: number): Promise<EventKey[]>;
  /** The events that exist. An unreadable one has no `event`. */
  byKeys(keys: readonly EventKey[]): Promise<{ readonly key: EventKey; readonly event?: CloudEvent }[]>;
}

export type AuditDeps = { readonly audit: AuditLog; readonly now: () => number };
