import { hash } from 'node:crypto';
import { type CloudEvent, cloudEvent } from '../../lib/events/cloud-event.ts';
import { type DomainEvent, EVENT_TYPES } from '../../lib/events/event.ts';
import { auditedOf, COUNTERS, eventOfItem } from '../../lib/events/items.ts';
import { Counters } from './counters-checks.ts';
import { attempt, type Difference, type Item } from './difference.ts';
import { type Fact, type Facts, factsIn } from './facts.ts';

export const EVENTS_CHECKS = {
  readable: 'every event can be read, and is of a type that there is',
  facts: 'whatever has happened was told',
  events: 'whatever was told, logged or counted has happened',
  published: 'nothing waits to be published for more than five minutes',
  logged: 'what was published is in the audit log, once, as it was told',
  counted: 'what was published is counted',
  counters: 'counters are what has happened',
} as const;
export type EventsCheck = keyof typeof EVENTS_CHECKS;

/** Which types the queues of the audit log and of the counters are for; resources/events.yml says so. */
export const AUDITED = /^(payment|refund|withdrawal)\./;
export const COUNTED = /^(payment|withdrawal)\./;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const PUBLISHED_WITHIN_MS = 5 * MINUTE_MS;
/** A consumer that fails tries for ten minutes, and what it gives up goes to its dead-letter queue. */
const CONSUMED_WITHIN_MS = 15 * MINUTE_MS;
/** How long what was published stays in the outbox, and that it was counted in the table of the counters. */
const TOLD_FOR_MS = 7 * DAY_MS;
const COUNTED_FOR_MS = 30 * DAY_MS;

/** All that is known of an event. Digests are of what it says, wherever it stands; 0 if it does not stand there. */
type Known = {
  told: number;
  logged: number;
  isLoggedTwice: boolean;
  isCounted: boolean;
  hasHappened: boolean;
  /** When it happened, and when it was published, as far as that is known: in epoch milliseconds, else never. */
  time: number;
  publishedAt: number;
};

const NEVER = Number.POSITIVE_INFINITY;
const UNKNOWN: Known = {
  ...{ told: 0, logged: 0, isLoggedTwice: false, isCounted: false, hasHappened: false },
  ...{ time: NEVER, publishedAt: NEVER },
};

/**
 * Events as they lie in the outbox, in the audit log and with the counters, and the facts that they tell of. Facts never
 * become untrue, and are stored together with their events. So all else has to be read before the facts: what was told has
 * happened, and what was not told is looked up again by itself.
 */
export class Told {
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

  /** Events that were told so lately that nobody need have logged or counted them yet, and nobody has. */
  get underWay(): number {
    const isOnItsWay = ([id, { told, logged, isCounted }]: [string, Known]) =>
      told !== 0 && ((AUDITED.test(id) && logged === 0) || (COUNTED.test(id) && !isCounted));
    return [...this.#events].filter(isOnItsWay).length;
  }

  addOutbox(item: Item): void {
    this.#attempt(item, () => {
      const event = eventOfItem(item);
      const { id, type, time } = event;
      if (item.pk !== `EVENT#${id}` || !id.startsWith(`${type}:`)) throw new Error(`says that it is ${id}`);
      if (!EVENT_TYPES.includes(type)) throw new Error(`there is no type ${type}`);
      const known = this.#known(id);
      known.told = digestOf(cloudEvent(event));
      known.time = Date.parse(time);
      const waits = item.gsi1pk !== undefined;
      if (!waits && item.published_at === undefined) throw new Error('neither waits to be published, nor was');
      known.publishedAt = waits ? NEVER : Date.parse(`${item.published_at}`);
      const isLate = waits && known.time < this.#now - PUBLISHED_WITHIN_MS;
      if (isLate) this.#find('published', id, `waits since ${time}`);
    });
  }

  addAudit(item: Item): void {
    this.#attempt(item, () => {
      const event = auditedOf(item);
      const known = this.#known(event.id);
      known.isLoggedTwice ||= known.logged !== 0;
      known.logged = digestOf(event);
      known.time = Date.parse(event.time);
    });
  }

  /** Which events were counted. */
  addSeen({ pk }: Item): void {
    this.#known(`${pk}`.slice('SEEN#'.length)).isCounted = true;
  }

  /** After all that were counted. */
  addCounter(item: Item): void {
    this.#attempt(item, () => this.#counters.add(`${item.sk}`, BigInt(item.total as number)));
  }

  /** After all events and counters. */
  addFacts({ facts, tallies = [], run }: Facts): void {
    if (run) this.#runs.set(run.batch, run.run);
    for (const fact of facts) {
      const known = this.#events.get(fact.id);
      if (known) known.hasHappened = true;
      if (!known?.told && !this.#isOver(fact, known)) this.#missing.push(fact.id);
    }
    for (const totals of tallies)
      this.#counters.totalsOf(
        totals,
        totals.of.every((id) => this.#wasCounted(id)),
      );
  }

  /** Facts whose events were not in the outbox when it was read: they may have come to be since. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  /** To be asked for once, at the end. @param found events that were there when they were looked up again */
  differences(found: ReadonlySet<string> = new Set()): Difference<EventsCheck>[] {
    for (const id of this.#missing.filter((each) => !found.has(each)))
      this.#find('facts', id, 'has happened, and was not told');
    for (const [id, known] of this.#events) this.#judge(id, known);
    for (const [name, says] of this.#counters.differences) this.#find('counters', name, says);
    return this.#found;
  }

  #judge(id: string, known: Known): void {
    if (!known.hasHappened && !this.#isOfEarlierRun(id)) {
      this.#find('events', id, `${whereOf(known)}, and has not happened`);
    }
    const isDue = known.publishedAt < this.#now - CONSUMED_WITHIN_MS;
    const isForgotten = known.told === 0 && known.time < this.#now - TOLD_FOR_MS;
    if (COUNTED.test(id) && (isDue || isForgotten) && !this.#wasCounted(id)) {
      this.#find('counted', id, 'was published, and is not counted');
    }
    if (!AUDITED.test(id)) return;
    if (isDue && known.logged === 0) this.#find('logged', id, 'was published, and is not in the audit log');
    if (known.isLoggedTwice) this.#find('logged', id, 'is in the audit log more than once');
    if (known.told !== 0 && known.logged !== 0 && known.told !== known.logged) {
      this.#find('logged', id, 'is in the audit log with another content than in the outbox');
    }
  }

  /** Told so long ago that the outbox has forgotten it; the audit log never does. */
  #isOver({ id, since }: Fact, known: Known | undefined): boolean {
    const before = this.#now - TOLD_FOR_MS;
    return AUDITED.test(id) ? known !== undefined && known.logged !== 0 && known.time < before : since < before;
  }

  /** It is, or it may be and nobody remembers. */
  #wasCounted(id: string): boolean {
    const known = this.#events.get(id);
    return known !== undefined && (known.isCounted || known.time < this.#now - COUNTED_FOR_MS);
  }

  /** A run that another followed has stopped or come to an end, but not both. */
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
    if ('why' in tried) this.#find('readable', `${pk} ${sk}`, tried.why);
  }

  #find(check: EventsCheck, id: string, says: string): void {
    this.#found.push({ check, id, says: `${id}: ${says}` });
  }
}

/** Of whole tables that nobody writes to meanwhile. @param others those whose facts are told: all, or some of them */
export function differencesInEvents(
  { outbox, audit, metrics, others }: Readonly<Record<'outbox' | 'audit' | 'metrics' | 'others', readonly Item[]>>,
  now: number,
): Difference<EventsCheck>[] {
  const told = new Told(now);
  for (const item of metrics) {
    if (item.pk === COUNTERS) told.addCounter(item);
    else told.addSeen(item);
  }
  for (const item of audit) told.addAudit(item);
  for (const item of outbox) told.addOutbox(item);
  for (const item of others) told.addFacts(factsIn(item));
  return told.differences();
}

function whereOf({ told, logged }: Known): string {
  if (told !== 0) return 'was told';
  return logged !== 0 ? 'was logged' : 'was counted';
}

/** Of what an event says, in whatever order. Never 0. */
function digestOf(event: CloudEvent | DomainEvent): number {
  return hash('sha256', inOrder(event), 'buffer').readUIntBE(0, 6) + 1;
}

function inOrder(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${inOrder(each)}`).join()}}`;
}
