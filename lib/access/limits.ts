import { type Day, dayOf } from '../kernel/day.ts';
import { AppError, type ErrorDetail } from '../kernel/errors.ts';
import type { Money, Unit } from '../kernel/money.ts';
import type { KeyId, Principal } from '../kernel/principal.ts';

type Sums = ReadonlyMap<Unit, bigint>;

/**
 * What a batch, withdrawal, payment or refund counts towards the daily limits of the key that made it. It is stored in that
 * entity, in the transaction that adds it to the key's counters. What fails is given back to the counters of the same day, in
 * the transaction that ends the entity and changes or removes its reservation. So the counters of a key are the sums of the
 * stored reservations.
 */
export type Reservation = {
  readonly keyId: KeyId;
  readonly day: Day;
  /** Only of currencies with a limit. */
  readonly amounts: Sums;
};

/** A reservation that is not made yet. `max`: the limit of the day in each of its currencies. */
export type Demand = { readonly reservation: Reservation; readonly max: Sums };

/** Whether amounts matter to the key's limits at all. */
export function limitsAmounts(principal: Principal | undefined): boolean {
  return principal?.limits.maxPerDay !== undefined || principal?.limits.maxPerPayout !== undefined;
}

/** What a request has to reserve; undefined if its key has no daily limit in these currencies. @param now epoch milliseconds */
export function demandOf(principal: Principal | undefined, amounts: Sums, now: number): Demand | undefined {
  const limits = principal?.limits.maxPerDay;
  if (!principal || !limits) return undefined;
  const max = new Map<Unit, bigint>();
  for (const unit of amounts.keys()) {
    const limit = limits[unit];
    if (limit !== undefined) max.set(unit, BigInt(limit));
  }
  if (max.size === 0) return undefined;
  const limited = new Map([...amounts].filter(([unit]) => max.has(unit)));
  return { reservation: { keyId: principal.keyId, day: dayOf(now), amounts: limited }, max };
}

/** {@link demandOf} of one amount. */
export function demandFor(principal: Principal | undefined, money: Money<Unit>, now: number): Demand | undefined {
  return demandOf(principal, new Map([[money.currency, money.minor]]), now);
}

/**
 * Splits a reservation when its entity ends.
 * @param spent of each currency, what of it was paid
 * @returns `kept`: undefined if nothing was paid; `back`: undefined if all was paid
 */
export function split(reservation: Reservation, spent: Sums): { kept?: Reservation; back?: Reservation } {
  const part = (amountOf: (unit: Unit, reserved: bigint) => bigint): Reservation | undefined => {
    const amounts = new Map([...reservation.amounts].map(([unit, reserved]) => [unit, amountOf(unit, reserved)]));
    for (const [unit, amount] of amounts) if (amount === 0n) amounts.delete(unit);
    return amounts.size === 0 ? undefined : { ...reservation, amounts };
  };
  const kept = part((unit) => spent.get(unit) ?? 0n);
  const back = part((unit, reserved) => reserved - (spent.get(unit) ?? 0n));
  return { ...(kept ? { kept } : {}), ...(back ? { back } : {}) };
}

/** @throws AppError LIMIT_EXCEEDED naming each amount, by its field, that is more than the key's limit of one payout */
export function requireWithinPayoutLimit<Paid extends { readonly money: Money<Unit> }>(
  principal: Principal | undefined,
  all: readonly Paid[],
  pathOf: (paid: Paid, index: number) => string = () => 'amount',
): void {
  const limits = principal?.limits.maxPerPayout;
  if (!limits) return;
  const details = all.flatMap((paid, index): ErrorDetail[] => {
    const { currency, minor } = paid.money;
    const limit = limits[currency];
    if (limit === undefined || minor <= BigInt(limit)) return [];
    const reason = `is more than this key's limit of ${limit} ${currency} minor units for one payout`;
    return [{ path: pathOf(paid, index), reason, limit, used: '0', asked: `${minor}`, currency }];
  });
  if (details.length > 0) throw new AppError('LIMIT_EXCEEDED', { details });
}

/** What is left of a limit of a day, in minor units. `asked`: by a demand. */
export type Room = {
  readonly currency: Unit;
  readonly day: Day;
  readonly limit: bigint;
  readonly used: bigint;
  readonly left: bigint;
  readonly asked: bigint;
};

/** The limits of the day that a demand counts towards. @param used what the key has used of the day */
export function roomFor({ reservation: { amounts, day }, max }: Demand, used: Sums): Room[] {
  return [...amounts].map(([currency, asked]) => {
    const [limit, before] = [max.get(currency) ?? 0n, used.get(currency) ?? 0n];
    return { currency, day, limit, used: before, left: limit > before ? limit - before : 0n, asked };
  });
}

/** @param used the counter of each currency whose limit refused the demand */
export function dayLimitExceeded({ reservation: { amounts, day }, max }: Demand, used: Sums): AppError {
  const details = [...used].map(([currency, before]): ErrorDetail => {
    const [asked, limit] = [`${amounts.get(currency)}`, `${max.get(currency)}`];
    const reason = `${asked} ${currency} minor units on ${day}, of which ${before} of ${limit} are used, is more than this key's limit of the day`;
    return { path: 'amount', reason, limit, used: `${before}`, asked, currency };
  });
  return new AppError('LIMIT_EXCEEDED', { details });
}
