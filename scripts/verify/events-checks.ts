import { hash } from 'node:crypto';
import { type CloudEvent, cloudEvent } from '../../lib/events/cloud-event.ts';
import { type DomainEvent, EVENT_TYPES } from '../../lib/events/event.ts';
import { auditedOf, COUNTERS, eventOfItem } from '../../lib/events/items.ts';
import { Counters } from './counters-checks.ts';
import { attempt, type Difference, type Item } from './difference.ts';
import { type Fact, type Facts, factsIn } from './facts.ts';

export const EVENTS_CHECKS = {
  readable: 'every event is readable and of a known type',
  facts: 'everything that happened has its event',
  events: 'everything that was recorded, logged or counted happened',
  published: 'no event waits to be published for more than five minutes',
  logged: 'every published event is in the audit log, once and unchanged',
  counted: 'every published event is counted',
  counters: 'the counters equal what happened',
} as const;
export type EventsCheck = keyof typeof EVENTS_CHECKS;

/** The event types that resources/events.yml sends to the queues of the audit log and of the counters. */
export const AUDITED = /^(payment|refund|withdrawal)\./;
export const COUNTED = /^(payment|withdrawal)\./;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const PUBLISHED_WITHIN_MS = 5 * MINUTE_MS;
/** A failing consumer retries for ten minutes; then the event goes to its dead-letter queue. */
const CONSUMED_WITHIN_MS = 15 * MINUTE_MS;
/** How long the outbox keeps published events, and the counters their marks. */
const OUTBOX_KEEPS_MS = 7 * DAY_MS;
const MARKS_KEPT_MS = 30 * DAY_MS;

/** What is known of an event. `outbox` and `audit` are digests of its content there, 0 if it is not there. */
type Known = {
  outbox: number;
  audit: number;
  isLoggedTwice: boolean;
  isCounted: boolean;
  hasHappened: boolean;
  /** Epoch milliseconds; infinite while unknown. */
  time: number;
  publishedAt: number;
};

const NEVER = Number.POSITIVE_INFINITY;
const UNKNOWN: Known = {
  ...{ outbox: 0, audit: 0, isLoggedTwice: false, isCounted: false, hasHappened: false },
  ...{ time: NEVER, publishedAt: NEVER },
};

/**
 * Events in the outbox, the audit log and the counters, and the facts behind them. A fact stays true and is stored together
 * with its event. So add the facts last: every recorded event has its fact, and missing events can be looked up again.
 */
export class EventRecords {
  readonly #now: number;
  readonly #events = new Map<string, Known>();
  readonly #counters = new Counters();
  readonly #runs = new Map<string, number>();
  readonly #missing: string[] = [];
  readonly #found: Difference<EventsCheck>[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  get size(): number {
    return this.#events.size;
  }

  /** How many events are in the outbox and not yet logged or counted. */
  get inTransit(): number {
    const isInTransit = ([id, { outbox, audit, isCounted }]: [string, Known]) =>
      outbox !== 0 && ((AUDITED.test(id) && audit === 0) || (COUNTED.test(id) && !isCounted));
    return [...this.#events].filter(isInTransit).length;
  }

  addOutbox(item: Item): void {
    this.#attempt(item, () => {
      const event = eventOfItem(item);
      const { id, type, time } = event;
      if (item.pk !== `EVENT#${id}` || !id.startsWith(`${type}:`)) throw new Error(`has the id ${id}`);
      if (!EVENT_TYPES.includes(type)) throw new Error(`unknown type ${type}`);
      const known = this.#known(id);
      known.outbox = digestOf(cloudEvent(event));
      known.time = Date.parse(time);
      const waits = item.gsi1pk !== undefined;
      if (!waits && item.published_at === undefined) throw new Error('is neither published nor waiting to be');
      known.publishedAt = waits ? NEVER : Date.parse(`${item.published_at}`);
      const isLate = waits && known.time < this.#now - PUBLISHED_WITHIN_MS;
      if (isLate) this.#find('published', id, `has been waiting since ${time}`);
    });
  }

  addAudit(item: Item): void {
    this.#attempt(item, () => {
      const event = auditedOf(item);
      const known = this.#known(event.id);
      known.isLoggedTwice ||= known.audit !== 0;
      known.audit = digestOf(event);
      known.time = Date.parse(event.time);
    });
  }

  /** Takes the mark of a counted event. */
  addSeen({ pk }: Item): void {
    this.#known(`${pk}`.slice('SEEN#'.length)).isCounted = true;
  }

  /** Call it after addSeen of all marks. */
  addCounter(item: Item): void {
    this.#attempt(item, () => this.#counters.add(`${item.sk}`, BigInt(item.total as number)));
  }

  /** Call it after all events and counters are added. */
  addFacts({ facts, changes = [], run }: Facts): void {
    if (run) this.#runs.set(run.batch, run.run);
    for (const fact of facts) {
      const known = this.#events.get(fact.id);
      if (known) known.hasHappened = true;
      if (!known?.outbox && !this.#isExpired(fact, known)) this.#missing.push(fact.id);
    }
    for (const change of changes) {
      const isCounted = change.of.every((id) => this.#wasCounted(id));
      this.#counters.addChange(change, isCounted);
    }
  }

  /** Events of facts that were not in the outbox when it was read. They may be newer: look them up. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  /** Call it once, at the end. @param found the missing events that a look-up found */
  differences(found: ReadonlySet<string> = new Set()): Difference<EventsCheck>[] {
    for (const id of this.#missing.filter((each) => !found.has(each)))
      this.#find('facts', id, 'happened, but has no event');
    for (const [id, known] of this.#events) this.#judge(id, known);
    for (const [name, message] of this.#counters.differences) this.#find('counters', name, message);
    return this.#found;
  }

  #judge(id: string, known: Known): void {
    if (!known.hasHappened && !this.#isOfEarlierRun(id)) {
      this.#find('events', id, `${whereOf(known)}, but did not happen`);
    }
    const isDue = known.publishedAt < this.#now - CONSUMED_WITHIN_MS;
    const isExpired = known.outbox === 0 && known.time < this.#now - OUTBOX_KEEPS_MS;
    if (COUNTED.test(id) && (isDue || isExpired) && !this.#wasCounted(id)) {
      this.#find('counted', id, 'was published, but is not counted');
    }
    if (!AUDITED.test(id)) return;
    if (isDue && known.audit === 0) this.#find('logged', id, 'was published, but is not in the audit log');
    if (known.isLoggedTwice) this.#find('logged', id, 'is in the audit log more than once');
    if (known.outbox !== 0 && known.audit !== 0 && known.outbox !== known.audit) {
      this.#find('logged', id, 'has another content in the audit log than in the outbox');
    }
  }

  /** So old that the outbox no longer has it. The audit log keeps its events for ever. */
  #isExpired({ id, since }: Fact, known: Known | undefined): boolean {
    const before = this.#now - OUTBOX_KEEPS_MS;
    return AUDITED.test(id) ? known !== undefined && known.audit !== 0 && known.time < before : since < before;
  }

  /** True also if its mark may have expired. */
  #wasCounted(id: string): boolean {
    const known = this.#events.get(id);
    return known !== undefined && (known.isCounted || known.time < this.#now - MARKS_KEPT_MS);
  }

  /** A run before the current one was stopped or completed, never both. */
  #isOfEarlierRun(id: string): boolean {
    const [, how, batch = '', run] = /^batch\.(completed|stopped):([^:]+):(\d+)$/.exec(id) ?? [];
    if (how === undefined || Number(run) < 1 || Number(run) >= (this.#runs.get(batch) ?? 0)) return false;
    return how === 'completed' || !this.#events.has(`batch.completed:${batch}:${run}`);
  }

  #known(id: string): Known {
    const known = this.#events.get(id) ?? { ...UNKNOWN };
    this.#events.set(id, known);
    return known;
  }

  #attempt({ pk, sk }: Item, read: () => void): void {
    const tried = attempt(read);
    if ('error' in tried) this.#find('readable', `${pk} ${sk}`, tried.error);
  }

  #find(check: EventsCheck, id: string, message: string): void {
    this.#found.push({ check, id, message: `${id}: ${message}` });
  }
}

/** Checks whole tables that nothing is written to. @param others the tables with facts: all or some of them */
export function differencesInEvents(
  { outbox, audit, metrics, others }: Readonly<Record<'outbox' | 'audit' | 'metrics' | 'others', readonly Item[]>>,
  now: number,
): Difference<EventsCheck>[] {
  const records = new EventRecords(now);
  for (const item of metrics) {
    if (item.pk === COUNTERS) records.addCounter(item);
    else records.addSeen(item);
  }
  for (const item of audit) records.addAudit(item);
  for (const item of outbox) records.addOutbox(item);
  for (const item of others) records.addFacts(factsIn(item));
  return records.differences();
}

function whereOf({ outbox, audit }: Known): string {
  if (outbox !== 0) return 'is in the outbox';
  return audit !== 0 ? 'is in the audit log' : 'is counted';
}

/** The same for every order of fields. Never 0. */
function digestOf(event: CloudEvent | DomainEvent): number {
  return hash('sha256', canonical(event), 'buffer').readUIntBE(0, 6) + 1;
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join()}}`;
}
