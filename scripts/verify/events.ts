import { eventOfItem, subjectPartition } from '../../lib/events/items.ts';
import { attempt, type Item } from './difference.ts';
import { EVENTS_CHECKS, EventRecords, listedIn } from './events-checks.ts';
import { type Findings, many, type Scope } from './examination.ts';
import { factsIn, RECORDED_STATUSES } from './facts.ts';
import { SEALS_CHECKS, Seals } from './seals.ts';

/** The items whose changes make events. Of transactions and imports only those are read that events name. */
const SOURCES_OF_FACTS = [
  ['payouts', { sk: ['BATCH', 'NOTIFICATION'], statuses: RECORDED_STATUSES }],
  ['settlements', { sk: 'JOB' }],
  ['wallets', {}],
  ['withdrawals', {}],
  ['orders', {}],
  ['access', {}],
  ['webhooks', {}],
  ['system', {}],
] as const;

/** The most time between the time that a mark names and its transaction, and by which clocks differ. */
const MARKED_WITHIN_MS = 2 * 60_000;

/** Reads causes after their effects: seals, counters, events, facts. Memory grows with the events. */
export async function examineEvents({ tables, seals: log, now, onProgress }: Scope): Promise<Findings> {
  const records = new EventRecords(now(), now() - MARKED_WITHIN_MS);
  const seals = new Seals();
  const chain = await log.chain();
  if (chain) await seals.read(chain, await log.publicKey());
  const addItem = (item: Item) => {
    records.addItem(item);
    seals.addItem(item);
  };
  for (const count of await tables.counters()) records.addCount(count);
  await tables.scan('events', { onItem: addItem, onProgress });
  const events = records.size;
  // The check of its own domain reports an unreadable item.
  const onItem = (item: Item) => {
    const tried = attempt(() => factsIn(item));
    if ('value' in tried) records.addFacts(tried.value);
  };
  for (const [table, only] of SOURCES_OF_FACTS) await tables.scan(table, { ...only, onItem, onProgress });
  for (const item of await tables.getAll('transactions', records.compareNamed())) onItem(item);
  for (const item of await tables.getAll('payouts', records.compareListed())) onItem(item);
  const found = new Set<string>();
  for (const subject of new Set(records.missing.map((fact) => fact.subject))) {
    const late = await tables.query('events', subjectPartition(subject));
    for (const event of late.map(eventOfItem)) for (const id of [event.id, ...listedIn(event)]) found.add(id);
  }
  if (chain) await seals.readNew(chain);
  const { waiting } = records;
  const differences = [...seals.differences(now()), ...records.differences(found)];
  return {
    examined: many(events, 'event'),
    checks: { ...EVENTS_CHECKS, ...SEALS_CHECKS },
    differences,
    notes: [...(waiting > 0 ? [`${many(waiting, 'event')} not published yet`] : []), ...seals.notes],
  };
}
