import type { Reservation } from '../../lib/access/index.ts';
import { counterOf, isCounter } from '../../lib/access/items.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Item } from './difference.ts';

/** What a batch, withdrawal or payment with its refunds counts towards the daily limits of keys. */
export function reservedBy(entity: Batch | Withdrawal | Payment): readonly Reservation[] {
  const own = 'reservation' in entity && entity.reservation ? [entity.reservation] : [];
  if ('spent' in entity) return [...own, ...entity.spent];
  if ('refunds' in entity) return [...own, ...entity.refunds.flatMap(({ reservation }) => reservation ?? [])];
  return own;
}

/**
 * Compares the counters of daily limits with the reservations that they count.
 * @param access items of the access table
 */
export function differencesInLimits(access: readonly Item[], reservations: readonly Reservation[]): string[] {
  const expected = new Map<string, bigint>();
  for (const { keyId, day, amounts } of reservations) {
    for (const [unit, amount] of amounts) {
      const name = `${keyId} ${day} ${unit}`;
      expected.set(name, (expected.get(name) ?? 0n) + amount);
    }
  }
  const found = new Map(
    access.filter(isCounter).map((item): [string, bigint] => {
      const { keyId, at, used } = counterOf(item);
      return [`${keyId} ${at.day} ${at.unit}`, used];
    }),
  );
  return [...new Set([...expected.keys(), ...found.keys()])].sort().flatMap((name) => {
    const [wanted, used] = [expected.get(name) ?? 0n, found.get(name) ?? 0n];
    return wanted === used ? [] : [`the counter ${name} is ${used}, its reservations sum to ${wanted}`];
  });
}
