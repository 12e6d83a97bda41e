import { COUNTERS, eventKey } from '../../lib/events/items.ts';
import { attempt, type Item } from './difference.ts';
import { EVENTS_CHECKS, EventRecords } from './events-checks.ts';
import { type Findings, many, type Scope } from './examination.ts';
import { factsIn } from './facts.ts';

/** The items whose changes make events. Orders make none. */
const SOURCES_OF_FACTS = [
  ['payouts', { sk: 'BATCH' }],
  ['settlements', { sk: 'JOB' }],
  ['wallets', {}],
  ['withdrawals', { sk: 'WITHDRAWAL' }],
] as const;

/**
 * Reads causes after their effects: the marks of counted events, counters, audit log, outbox, facts. Memory grows with the
 * events.
 */
export async function examineEvents({ tables, now, onProgress }: Scope): Promise<Findings> {
  const records = new EventRecords(now());
  const onSeen = (item: Item) => records.addSeen(item);
  await tables.scan('metrics', { attributes: ['pk', 'sk'], sk: 'SEEN', onItem: onSeen, onProgress });
  for (const item of await tables.query('metrics', COUNTERS)) records.addCounter(item);
  await tables.scan('audit', { onItem: (item) => records.addAudit(item), onProgress });
  await tables.scan('outbox', { onItem: (item) => records.addOutbox(item), onProgress });
  const events = records.size;
  // The check of its own domain reports an unreadable item.
  const onItem = (item: Item) => {
    const tried = attempt(() => factsIn(item));
    if ('value' in tried) records.addFacts(tried.value);
  };
  for (const [table, only] of SOURCES_OF_FACTS) await tables.scan(table, { ...only, onItem, onProgress });
  const late = await tables.getAll('outbox', records.missing.map(eventKey));
  const found = new Set(late.map(({ pk }) => `${pk}`.slice('EVENT#'.length)));
  const { inTransit } = records;
  return {
    examined: many(events, 'event'),
    checks: EVENTS_CHECKS,
    differences: records.differences(found),
    notes: inTransit > 0 ? [`${many(inTransit, 'event')} not logged or counted yet`] : [],
  };
}
