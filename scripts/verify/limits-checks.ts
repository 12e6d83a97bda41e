import type { Reservation } from '../../lib/access/index.ts';
import { type Counter, counterOf, isCounter } from '../../lib/access/items.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Difference, Item } from './difference.ts';

/** What a batch, withdrawal or payment with its refunds counts towards the daily limits of keys. */
export function reservedBy(entity: Batch | Withdrawal | Payment): readonly Reservation[] {
  const own = 'reservation' in entity && entity.reservation ? [entity.reservation] : [];
  if ('spent' in entity) return [...own, ...entity.spent];
  if ('refunds' in entity) return [...own, ...entity.refunds.flatMap(({ reservation }) => reservation ?? [])];
  return own;
}

export const LIMITS_CHECKS = {
  counted: 'the counters of daily limits are the sums of what batches, withdrawals, payments and refunds have reserved',
} as const;
export type LimitsCheck = keyof typeof LIMITS_CHECKS;

/**
 * Compares the counters of daily limits with the reservations that they count.
 * @param access items of the access table
 * @param from the first day that is compared
 */
export function differencesInLimits(
  access: readonly Item[],
  reservations: readonly Reservation[],
  from?: Day,
): Difference<LimitsCheck>[] {
  const expected = new Map<string, bigint>();
  for (const { keyId, day, amounts } of reservations) {
    for (const [unit, amount] of amounts) add(expected, { keyId, at: { day, unit }, used: amount }, from);
  }
  const found = new Map<string, bigint>();
  for (const item of access.filter(isCounter)) add(found, counterOf(item), from);
  return [...new Set([...expected.keys(), ...found.keys()])].sort().flatMap((id) => {
    const [wanted, used] = [expected.get(id) ?? 0n, found.get(id) ?? 0n];
    const message = `the counter ${id} is ${used}, its reservations sum to ${wanted}`;
    return wanted === used ? [] : [{ check: 'counted', id, message }];
  });
}

function add(sums: Map<string, bigint>, { keyId, at: { day, unit }, used }: Counter, from: Day | undefined): void {
  if (from !== undefined && day < from) return;
  const name = `${keyId} ${day} ${unit}`;
  sums.set(name, (sums.get(name) ?? 0n) + used);
}
