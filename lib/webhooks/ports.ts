import type { AuditLog, DomainEvent, EventDeps, EventKey } from '../events/index.ts';
import type { KeyedRequest, Known } from '../kernel/idempotency.ts';
import type { RetryDeps, RetryPolicy } from '../kernel/optimistic-retry.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { EndpointClient } from './call.ts';
import type { Delivery, DeliveryId, DeliveryStatus } from './delivery.ts';
import type { Endpoint, EndpointId } from './endpoint.ts';

export interface EndpointStore {
  read(id: EndpointId): Promise<Endpoint | undefined>;
  /** The oldest first. */
  all(): Promise<Endpoint[]>;
  /** @returns what an earlier request with this key made, if there was one @throws AppError IDEMPOTENCY_MISMATCH */
  insert(endpoint: Endpoint, event: DomainEvent, keyed: KeyedRequest): Promise<{ kind: 'written' } | Known>;
  /**
   * @returns undefined if the endpoint has another version by now; what an earlier request made, if there was one
   * @throws AppError IDEMPOTENCY_MISMATCH
   */
  replace(change: EndpointWrite, keyed?: KeyedRequest): Promise<{ kind: 'written' } | Known | undefined>;
  /** @returns false if the endpoint has another version by now */
  remove(change: EndpointWrite): Promise<boolean>;
  /**
   * The endpoint that an earlier request with this idempotency key made or changed.
   * @param now epoch milliseconds @throws AppError IDEMPOTENCY_MISMATCH
   */
  recall(keyed: KeyedRequest, now: number): Promise<EndpointId | undefined>;
}

export type EndpointWrite = { readonly before: Endpoint; readonly after: Endpoint; readonly event: DomainEvent };

/**
 * The work of an endpoint: one worker at a time sends its deliveries, some at once. So an endpoint that answers slowly takes
 * one worker and no more.
 */
export type Turn = {
  /** Since when every call has failed; RFC 3339. */
  readonly failingSince?: string | undefined;
  /** A message for the next due delivery is under way, and arrives then; epoch milliseconds. */
  readonly wakeAt?: number | undefined;
};

export interface TurnStore {
  read(ids: readonly EndpointId[]): Promise<ReadonlyMap<EndpointId, Turn>>;
  /** @returns undefined if another worker has the turn: it will see that it was asked for */
  take(id: EndpointId, lease: { owner: string; now: number; until: number }): Promise<Turn | undefined>;
  /** Ends the turn, unless another worker has asked for it since `take`. @returns false: look for due deliveries again */
  end(id: EndpointId, owner: string, turn: Turn): Promise<boolean>;
  /** Ends the turn in any case. */
  leave(id: EndpointId, owner: string, turn: Turn): Promise<void>;
  /** The endpoint is enabled again: its failures count from now on. A worker that has the turn loses it, and records no failures. */
  reset(id: EndpointId): Promise<void>;
}

export interface DeliveryStore {
  read(id: DeliveryId): Promise<Delivery | undefined>;
  /** Those that exist, in no order. */
  readMany(ids: readonly DeliveryId[]): Promise<Delivery[]>;
  /** @returns false if there is one with this id */
  insert(delivery: Delivery): Promise<boolean>;
  /**
   * @param also `answer`: the beginning of the last attempt's answer, if it is too long for the delivery
   * @returns false if it has changed since it was read
   */
  replace(before: Delivery, after: Delivery, also?: { event?: DomainEvent; answer?: string }): Promise<boolean>;
  /** The pending deliveries of an endpoint in the order in which they are due. They may lag behind the last writes. */
  next(id: EndpointId, limit: number): Promise<{ readonly id: DeliveryId; readonly dueAt: number }[]>;
  /** The last to change first. May lag behind the last writes. */
  list(id: EndpointId, page: PageRequest & { readonly status?: DeliveryStatus | undefined }): Promise<Page<Delivery>>;
  /** The long answers, by the number of their attempt. */
  answers(id: DeliveryId): Promise<ReadonlyMap<number, string>>;
}

/** What became of events. */
export interface EventDeliveries {
  /** The deliveries of these events to the endpoints that there are now. */
  of(events: readonly EventKey[]): Promise<Delivery[]>;
}

/** Messages of the queue of deliveries. */
export type Wake = {
  readonly kind: 'wake';
  readonly endpointId: EndpointId;
  /** Those that are new. The worker looks for further ones. */
  readonly ids: readonly DeliveryId[];
  /** The message waited for another worker once. */
  readonly waited: boolean;
};
export type Replay = {
  readonly kind: 'replay';
  readonly endpointId: EndpointId;
  readonly replayId: string;
  /** Epoch milliseconds. Without a range: all that failed. */
  readonly range?: { readonly from: number; readonly to: number } | undefined;
  readonly cursor?: string | undefined;
};
export type DeliveryMessage = Wake | Replay;

export interface DeliveryQueue {
  send(messages: readonly DeliveryMessage[], delayMs?: number): Promise<void>;
}

/** Replays that have not reached their end, and how far each is. */
export interface ReplayStore {
  insert(replay: Replay, event: DomainEvent): Promise<void>;
  /** @returns undefined if it has ended, or is of a version that did not store replays */
  read(replayId: string): Promise<OpenReplay | undefined>;
  /** All before this cursor is done. @param now epoch milliseconds */
  advance(replayId: string, cursor: string, now: number): Promise<void>;
  remove(replayId: string): Promise<void>;
  open(): Promise<OpenReplay[]>;
}
/** `at`: when it was requested, or its last page was done; epoch milliseconds. */
export type OpenReplay = Omit<Replay, 'kind'> & { readonly at: number };

/** What changes endpoints. */
export type EndpointDeps = EventDeps &
  RetryDeps & {
    readonly endpoints: EndpointStore;
    readonly turns: Pick<TurnStore, 'read' | 'reset'>;
    readonly queue: DeliveryQueue;
    readonly newId: () => string;
    readonly newSecret: () => string;
    /** Permits http and addresses of this machine: for a laptop. */
    readonly allowLocal: boolean;
  };

export type DeliveryPolicy = RetryPolicy & {
  /** For how long a worker begins calls of one endpoint. */
  readonly turnMs: number;
  /** For how long the last of them may take, with its record. */
  readonly callMs: number;
  /** Calls of one endpoint at once. */
  readonly inFlight: number;
  readonly pageSize: number;
  /** If no worker has sent a due delivery after this time, its message is lost. */
  readonly lostAfterMs: number;
};

export type DeliveryDeps = Omit<EndpointDeps, 'policy' | 'turns'> & {
  readonly policy: DeliveryPolicy;
  readonly turns: TurnStore;
  readonly deliveries: DeliveryStore;
  readonly replays: ReplayStore;
  readonly events: AuditLog;
  readonly client: EndpointClient;
  /** Stores an event that no other item changes with. */
  readonly publish: (event: DomainEvent) => Promise<void>;
};
