import type { Reservation } from '../../lib/access/index.ts';
import { isCounter } from '../../lib/access/items.ts';
import { addDays, dayOf } from '../../lib/kernel/day.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { paymentOf } from '../../lib/wallets/items.ts';
import { withdrawalOf } from '../../lib/withdrawals/items.ts';
import type { Difference, Item } from './difference.ts';
import { type Findings, many, type Scope } from './examination.ts';
import { differencesInLimits, LIMITS_CHECKS, type LimitsCheck, reservedBy } from './limits-checks.ts';
import { lastingDifferences } from './looks.ts';

/** The database may delete counters of earlier days. */
const CHECKED_DAYS = 89;

/** Where amounts are reserved, and the sort key of these items. */
const PLACES = [
  { table: 'payouts', sk: 'BATCH', reservedIn: (item: Item) => reservedBy(batchOf(item)) },
  { table: 'withdrawals', sk: 'WITHDRAWAL', reservedIn: (item: Item) => reservedBy(withdrawalOf(item)) },
  { table: 'wallets', sk: 'PAYMENT', reservedIn: (item: Item) => reservedBy(paymentOf(item)) },
] as const;

/** Compares the counters of daily limits with what they count. Reads the tables only if a key has ever had a daily limit. */
export async function examineLimits(scope: Scope): Promise<Findings> {
  const from = addDays(dayOf(scope.now()), -CHECKED_DAYS);
  let counters: readonly Item[] = [];
  let entities = 0;
  const look = async (): Promise<Difference<LimitsCheck>[]> => {
    counters = await readCounters(scope);
    if (counters.length === 0) return [];
    const reservations: Reservation[] = [];
    entities = 0;
    for (const { table, sk, reservedIn } of PLACES) {
      const onItem = (item: Item) => {
        const reserved = reservedIn(item);
        if (reserved.length > 0) entities += 1;
        reservations.push(...reserved);
      };
      await scope.tables.scan(table, { sk, onItem, onProgress: scope.onProgress });
    }
    return differencesInLimits(counters, reservations, from);
  };
  const differences = await lastingDifferences(look);
  const counted = `${many(counters.length, 'counter')} of ${many(entities, 'reservation')}`;
  return { examined: counted, checks: LIMITS_CHECKS, differences };
}

async function readCounters({ tables }: Scope): Promise<Item[]> {
  const counters: Item[] = [];
  await tables.scan('access', { onItem: (item) => void (isCounter(item) && counters.push(item)) });
  return counters;
}
