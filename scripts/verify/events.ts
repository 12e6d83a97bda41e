import { COUNTERS, eventKey } from '../../lib/events/items.ts';
import { attempt, type Item } from './difference.ts';
import { type Findings, many, type Place } from './domain.ts';
import { EVENTS_CHECKS, Told } from './events-checks.ts';
import { factsIn } from './facts.ts';

/** An order is told by nobody. */
const WHERE_FACTS_LIE = [
  ['payouts', { sk: 'BATCH' }],
  ['settlements', { sk: 'JOB' }],
  ['wallets', {}],
  ['withdrawals', { sk: 'WITHDRAWAL' }],
] as const;

/**
 * What was counted, the counters, the audit log, the outbox, and only then what has happened: each is caused by the ones
 * after it. What this holds grows with the events of all of them.
 */
export async function examineEvents({ tables, now, onProgress }: Place): Promise<Findings> {
  const told = new Told(now());
  const onSeen = (item: Item) => told.addSeen(item);
  await tables.scan('metrics', { attributes: ['pk', 'sk'], sk: 'SEEN', onItem: onSeen, onProgress });
  for (const item of await tables.query('metrics', COUNTERS)) told.addCounter(item);
  await tables.scan('audit', { onItem: (item) => told.addAudit(item), onProgress });
  await tables.scan('outbox', { onItem: (item) => told.addOutbox(item), onProgress });
  const events = told.size;
  // What cannot be read is its own domain's to tell.
  const onItem = (item: Item) => {
    const tried = attempt(() => factsIn(item));
    if ('read' in tried) told.addFacts(tried.read);
  };
  for (const [table, only] of WHERE_FACTS_LIE) await tables.scan(table, { ...only, onItem, onProgress });
  const late = await tables.getAll('outbox', told.missing.map(eventKey));
  const found = new Set(late.map(({ pk }) => `${pk}`.slice('EVENT#'.length)));
  const { underWay } = told;
  return {
    looked: many(events, 'event'),
    checks: EVENTS_CHECKS,
    differences: told.differences(found),
    notes: underWay > 0 ? [`${many(underWay, 'event')} had not been logged or counted yet`] : [],
  };
}
