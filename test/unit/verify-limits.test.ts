import { expect, it } from 'vitest';
import type { Reservation } from '../../lib/access/index.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { Unit } from '../../lib/kernel/money.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';
import { differencesInLimits } from '../../scripts/verify/limits-checks.ts';

const [DAY, IDR] = ['2026-11-20' as Day, 'IDR' as Unit];
const reserved = (amount: bigint, changes: Partial<Reservation> = {}): Reservation => ({
  keyId: 'key_a' as KeyId,
  day: DAY,
  amounts: new Map([[IDR, amount]]),
  ...changes,
});
const counter = (used: number | bigint, key = 'key_a', sk = `DAY#${DAY}#IDR`) => ({ pk: `LIMIT#${key}`, sk, used });

it('a counter is the sum of its reservations, of one key, day and currency', () => {
  const other = reserved(5n, { keyId: 'key_b' as KeyId });
  expect(differencesInLimits([counter(30), counter(5n, 'key_b')], [reserved(10n), reserved(20n), other])).toEqual([]);
  expect(differencesInLimits([counter(0)], [])).toEqual([]);
});

it.each([
  ['too high', [counter(31)], 'the counter key_a 2026-11-20 IDR is 31, its reservations sum to 30'],
  ['too low', [counter(29)], 'the counter key_a 2026-11-20 IDR is 29, its reservations sum to 30'],
  ['missing', [], 'the counter key_a 2026-11-20 IDR is 0, its reservations sum to 30'],
])('a counter that is %s is named', (_, counters, message) => {
  const all = [{ pk: 'KEYS', sk: 'key_a' }, { pk: 'LIMIT#key_a', sk: 'RATE', full_at: 1 }, ...counters];
  expect(differencesInLimits(all, [reserved(10n), reserved(20n)]).map((each) => each.message)).toEqual([message]);
});

it('counters that the database may have deleted are not compared', () => {
  const old = [counter(1, 'key_a', 'DAY#2026-08-01#IDR')];
  expect(differencesInLimits(old, [reserved(10n, { day: '2026-08-22' as Day })], '2026-08-23' as Day)).toEqual([]);
});
