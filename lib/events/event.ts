/** What others may learn of. The part before the point is what the event is about. */
export const EVENT_TYPES = [
  'payment.created',
  'payment.completed',
  'payment.failed',
  'refund.created',
  'deposit.created',
  'withdrawal.created',
  'withdrawal.completed',
  'withdrawal.failed',
  'withdrawal.retrying',
  'batch.completed',
  'batch.stopped',
  'settlement.completed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Plain JSON: amounts as strings of minor units (several as one by currency), times as ISO 8601. */
export type EventData = Readonly<Record<string, string | number | boolean | null | Readonly<Record<string, string>>>>;

/**
 * A fact that has been stored. It is written in the same transaction as the change that it tells of, so it exists if and
 * only if that change does.
 */
export type DomainEvent = {
  /** Follows from the fact, not from chance: whoever tells of the same fact again uses the same id. */
  readonly id: string;
  readonly type: EventType;
  /** The domain that it comes from: `/sluice/wallets`. */
  readonly source: string;
  /** The id of what it is about. */
  readonly subject: string;
  /** When it happened, ISO 8601 UTC. */
  readonly time: string;
  /** Of the request, message or run that made it happen, if there was one. */
  readonly requestId?: string;
  readonly data: EventData;
};

export type EventDeps = {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Of the request, message or run that is under way. */
  readonly requestId: () => string | undefined;
};

/**
 * @param fact tells this event from others of its type: the subject's id, and whatever else it takes if the same can
 *   happen to one subject more than once
 */
export function eventOf(
  { now, requestId }: EventDeps,
  event: { type: EventType; source: string; subject: string; fact?: string; data: EventData },
): DomainEvent {
  const { type, source, subject, fact = subject, data } = event;
  const request = requestId();
  return {
    id: `${type}:${fact}`,
    type,
    source,
    subject,
    time: new Date(now()).toISOString(),
    ...(request === undefined ? {} : { requestId: request }),
    data,
  };
}
