import { LOCAL_KEY_ID } from '../../lib/access/key.ts';
import { type Count, countsOf, seriesOf } from '../../lib/events/counts.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { eventKey, eventOfItem } from '../../lib/events/items.ts';
import { EVENT_TYPES, type EventDataOf, type EventType } from '../../lib/events/schemas.ts';
import type { ImportId } from '../../lib/imports/import.ts';
import { importKey } from '../../lib/imports/items.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { batchKey } from '../../lib/payouts/items.ts';
import { rowKey } from '../../lib/transactions/items.ts';
import type { TransactionId } from '../../lib/transactions/transaction.ts';
import { Counters } from './counters-checks.ts';
import { attempt, type Difference, type Item } from './difference.ts';
import { eventId, type Fact, type Facts } from './fact.ts';
import { factsIn, RECORDED_STATUSES } from './facts.ts';

export const EVENTS_CHECKS = {
  readable: 'every event is readable and of a known type',
  facts: 'everything that happened has its event',
  events: 'everything that was recorded happened',
  once: 'no event is stored twice',
  published: 'no event waits to be published for more than five minutes',
  sums: 'the counters are the sums over the published events',
  counters: 'the counters equal what happened',
} as const;
export type EventsCheck = keyof typeof EVENTS_CHECKS;

const PUBLISHED_WITHIN_MS = 5 * 60_000;
/** Before migration 0004, which stores since when the others are kept, events of other types expired after a week. */
const KEPT_FOR_EVER = /^(payment|refund|withdrawal)\./;
const FROM_THE_BEGINNING = /^(deposit\.created|batch\.completed|batch\.stopped|settlement\.completed):/;
/** Events whose facts no item shows later, if the entity exists: a dead letter that was redriven, an opened currency. */
const OF_ENTITY =
  /^((batch|withdrawal|notification)\.(dead_lettered|redriven)|payout\.(failed|(cancel|look_up)_requested|cancelled|returned)|wallet\.opened|webhook_endpoint\.(test|replay_requested)|transactions\.stored|import\.advanced):/;
/** A denied address may be gone, or have another reason, a closed session is gone. The key of `npm start` is made again for another secret. */
const NOT_COMPARED = new RegExp(`^(address\\.|session\\.closed:|key\\.\\w+:${LOCAL_KEY_ID}:)`);

/** The id of the event that comes before this one. An address that was denied with an event has an id that begins with dny_. */
const beforeOf = (id: string) =>
  id.replace(/^address\.allowed:(?=dny_)/, 'address.denied:').replace(/^session\.closed:/, 'session.opened:');

/** The table deletes a session some time after it has expired. */
const isExpired = ({ type, data }: DomainEvent, now: number) =>
  type === 'session.opened' && Date.parse(`${data.expires_at}`) <= now;

/** `publishedAt` in epoch milliseconds; infinite while the event waits. */
type Known = { hasHappened: boolean; isStoredTwice: boolean; publishedAt: number };

/** The events of one type that list a payout. `runs`: those of its batch in which they were recorded. */
type Listed = { hasHappened: boolean; readonly type: EventType; readonly batch: BatchId; readonly runs: number[] };

type ItemKey = { readonly pk: string; readonly sk: string };

const NEVER = Number.POSITIVE_INFINITY;

/** In the sums over facts a series is cut to so many parts: items do not keep the code of a retried failure, nor durations. */
const IN_FACTS = { withdrawal_failures: 1, durations: 2, duration_sums: 0 };

/**
 * The events, the counters, and the facts behind them. A fact stays true and is stored together with its event. So add the facts
 * last: every recorded event has its fact, and missing events can be looked up again.
 */
export class EventRecords {
  readonly #now: number;
  readonly #countedBefore: number;
  readonly #isWhole: boolean;
  readonly #events = new Map<string, Known>();
  readonly #sums = new Counters();
  readonly #counters = new Counters(IN_FACTS);
  readonly #runs = new Map<string, number>();
  /** By the id of the fact. */
  readonly #listed = new Map<string, Listed>();
  readonly #ofEntities = new Map<string, Known[]>();
  /** The time of the first event of each type. Earlier facts are of versions that had no such event. */
  readonly #recordedSince = new Map<string, number>();
  /** Events of imports, uploads and transactions by the key of their item. */
  readonly #named = new Map<string, { readonly key: ItemKey; readonly events: Known[] }>();
  readonly #missing: Fact[] = [];
  readonly #found: Difference<EventsCheck>[] = [];
  #keptSince = 0;

  /**
   * @param now epoch milliseconds
   * @param countedBefore events that were marked before this time were marked before the counters were read
   * @param isWhole no fact is older than its type of event
   */
  constructor(now: number, countedBefore: number, isWhole = false) {
    this.#now = now;
    this.#isWhole = isWhole;
    this.#countedBefore = countedBefore;
  }

  get size(): number {
    return this.#events.size;
  }

  get waiting(): number {
    return this.#events.values().reduce((sum, { publishedAt }) => sum + (publishedAt === NEVER ? 1 : 0), 0);
  }

  addCount({ series, by }: Count): void {
    this.#sums.add(series, by);
    this.#counters.add(series, by);
  }

  /** @param item of the events table; the counters are ignored */
  addItem(item: Item): void {
    if (item.pk === 'MIGRATION#EVENT-STORE') this.#keptSince = Date.parse(`${item.kept_since}`);
    if (!`${item.pk}`.startsWith('SUBJECT#')) return;
    const tried = attempt(() => this.#addEvent(item));
    if ('error' in tried) this.#find('readable', `${item.pk} ${item.sk}`, tried.error);
  }

  #addEvent(item: Item): void {
    const event = eventOfItem(item);
    const { id, type, time, subject } = event;
    if (!id.startsWith(`${type}:`) || item.sk !== eventKey(event).sk) throw new Error(`has the id ${id}`);
    if (!EVENT_TYPES.includes(type)) throw new Error(`unknown type ${type}`);
    const waits = item.gsi1pk !== undefined;
    if (waits === (item.published_at !== undefined)) throw new Error('is neither published nor waiting to be, or both');
    const publishedAt = waits ? NEVER : Date.parse(`${item.published_at}`);
    const hasHappened = NOT_COMPARED.test(id) || isExpired(event, this.#now);
    const known = { hasHappened, isStoredTwice: this.#events.has(id), publishedAt };
    this.#events.set(id, known);
    this.#addNamed(event, known);
    this.#addListed(event);
    if (OF_ENTITY.test(id)) this.#ofEntities.set(subject, [...(this.#ofEntities.get(subject) ?? []), known]);
    this.#recordedSince.set(type, Math.min(Date.parse(time), this.#recordedSince.get(type) ?? NEVER));
    const isLate = waits && Date.parse(time) < this.#now - PUBLISHED_WITHIN_MS;
    if (isLate) this.#find('published', id, `has been waiting since ${time}`);
    if (waits) return;
    for (const { series, by } of countsOf(event)?.counts ?? []) {
      this.#sums.expect(series, by, publishedAt < this.#countedBefore);
    }
  }

  #addNamed({ type, subject }: DomainEvent, known: Known): void {
    const key = keyOfNamed(type, subject);
    if (!key) return;
    known.hasHappened = true;
    const named = this.#named.get(key.pk) ?? { key, events: [] };
    named.events.push(known);
    this.#named.set(key.pk, named);
  }

  #addListed({ type, subject, data }: DomainEvent): void {
    for (const id of listedIn({ type, data })) {
      const listed = this.#listed.get(id) ?? { hasHappened: false, type, batch: subject as BatchId, runs: [] };
      listed.runs.push(Number(data.run));
      this.#listed.set(id, listed);
    }
  }

  /** The keys of batches whose run has to be read again, after all payouts: a listed payout may have been opened again since. */
  compareListed(): ItemKey[] {
    const open = this.#listed.values().filter(({ hasHappened }) => !hasHappened);
    return [...new Set(open.map(({ batch }) => batch))].map(batchKey);
  }

  /**
   * The keys of the imports and transactions that events name: their table is too large to be read. Their events are compared
   * only after this call. Read these items, and add their facts.
   */
  compareNamed(): ItemKey[] {
    return [...this.#named.values()].map(({ key, events }) => {
      for (const known of events) known.hasHappened = false;
      return key;
    });
  }

  /** Call it after all events are added. */
  addFacts({ facts, perhaps = [], never = [], changes = [], run, entity }: Facts): void {
    for (const id of perhaps) {
      const known = this.#events.get(id);
      if (known) known.hasHappened = true;
    }
    for (const id of never) {
      const known = this.#events.get(id);
      if (known) known.hasHappened = false;
    }
    if (run) this.#runs.set(run.batch, run.run);
    for (const known of this.#ofEntities.get(entity ?? '') ?? []) known.hasHappened = true;
    for (const fact of facts) {
      const stored = [fact.id, ...(fact.or ?? [])].find((id) => this.#events.has(id));
      const known = this.#events.get(stored ?? '') ?? this.#listed.get(fact.id);
      if (known) known.hasHappened = true;
      else if (fact.since >= this.#requiredSince(fact)) this.#missing.push(fact);
    }
    for (const { of, series, by } of changes) {
      const published = of.map((id) => this.#events.get(id)?.publishedAt ?? NEVER);
      if (published.every((at) => at === NEVER)) continue;
      this.#counters.expect(
        series,
        by,
        published.every((at) => at < this.#countedBefore),
      );
    }
  }

  #requiredSince({ id }: Fact): number {
    if (this.#isWhole || KEPT_FOR_EVER.test(id)) return 0;
    if (FROM_THE_BEGINNING.test(id)) return this.#keptSince;
    return this.#recordedSince.get(id.slice(0, id.indexOf(':'))) ?? NEVER;
  }

  /** Facts whose events were not there when the events were read. They may be newer: look them up. */
  get missing(): readonly Fact[] {
    return this.#missing;
  }

  /** Call it once, at the end. @param found the ids of missing events that a look-up found */
  differences(found: ReadonlySet<string> = new Set()): Difference<EventsCheck>[] {
    for (const { id, or = [] } of this.#missing) {
      if (![id, ...or].some((each) => found.has(each))) this.#find('facts', id, 'happened, but has no event');
    }
    for (const [id, { hasHappened, isStoredTwice }] of this.#events) {
      const isOver = this.#isOfEarlierRun(id) || this.#isClosed(id);
      if (!hasHappened && !isOver) this.#find('events', id, 'is stored, but did not happen');
      if (isStoredTwice) this.#find('once', id, 'is stored more than once');
      const before = beforeOf(id);
      if (!this.#events.has(before)) this.#find('facts', before, 'happened, but has no event');
    }
    for (const [id, listed] of this.#listed) {
      if (!listed.hasHappened && !this.#isReopened(listed)) this.#find('events', id, 'is listed, but did not happen');
    }
    for (const [name, message] of this.#sums.differences) this.#find('sums', name, message);
    for (const [name, message] of this.#counters.differences) this.#find('counters', name, message);
    return this.#found;
  }

  /** A run before the current one was stopped or completed, never both. It may also have resumed while it was stopping. */
  #isOfEarlierRun(id: string): boolean {
    const [, how, batch = '', run] = /^batch\.(completed|stopped|stop_requested):([^:]+):(\d+)$/.exec(id) ?? [];
    if (how === undefined || Number(run) < 1 || Number(run) >= (this.#runs.get(batch) ?? 0)) return false;
    return how === 'completed' || !this.#events.has(`batch.completed:${batch}:${run}`);
  }

  #isClosed(id: string): boolean {
    return id.startsWith('session.opened:') && this.#events.has(id.replace('session.opened:', 'session.closed:'));
  }

  /** A failed payout is opened again in a later run. Cancelled and returned ones stay so. */
  #isReopened({ type, batch, runs }: Listed): boolean {
    return type === 'payout.failed' && runs.every((run) => run < (this.#runs.get(batch) ?? 0));
  }

  #find(check: EventsCheck, id: string, message: string): void {
    this.#found.push({ check, id, message: `${id}: ${message}` });
  }
}

/** The ids of the facts of the payouts that an event lists. */
export function listedIn({ type, data }: Pick<DomainEvent, 'type' | 'data'>): string[] {
  if (!RECORDED_STATUSES.some((status) => type === `payout.${status}`)) return [];
  const { payouts } = data as EventDataOf<'payout.failed'>;
  return payouts.map(({ payout_id: id }) => eventId(type, id));
}

function keyOfNamed(type: EventType, subject: string): ItemKey | undefined {
  if (type === 'transactions.stored') return rowKey(subject as TransactionId);
  return /^(import|upload)\./.test(type) ? importKey(subject as ImportId) : undefined;
}

/** @param item with numbers that a float can hold */
function countsIn(item: Item): Count[] {
  const totals = Object.entries(item).filter(([name]) => name !== 'pk' && name !== 'sk');
  return totals.map(([name, total]) => ({ series: seriesOf(name), by: BigInt(total as number) }));
}

/**
 * Checks whole tables that nothing is written to.
 * @param others the tables with facts: all or some of them
 * @param isWhole every fact is of this version
 */
export function differencesInEvents(
  { events, others }: Readonly<Record<'events' | 'others', readonly Item[]>>,
  now: number,
  isWhole = false,
): Difference<EventsCheck>[] {
  const records = new EventRecords(now, NEVER, isWhole);
  for (const item of events) {
    if (`${item.pk}`.startsWith('COUNTERS#')) for (const count of countsIn(item)) records.addCount(count);
    records.addItem(item);
  }
  for (const item of others) records.addFacts(factsIn(item));
  return records.differences();
}
