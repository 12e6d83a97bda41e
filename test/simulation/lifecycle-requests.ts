import type { Chance } from './schedule.ts';

export type Mode = 'skip' | 'reject' | 'allow';

/** A payout that a client asks for, as the judges remember it. */
export type AskedPayout = {
  /** Which of the payouts that many ask for. */
  readonly nth: number;
  /** What it claims. */
  readonly keys: readonly string[];
  /** Its amount in minor units. */
  readonly minor: string;
};
/** In the order of the request. Invalid entries are undefined. */
export type AskedList = readonly (AskedPayout | undefined)[];

export type AskedBatch = {
  readonly body: { readonly batch_id: string; readonly start_at?: string } & Record<string, unknown>;
  readonly payouts: AskedList;
};

/** Payouts that many batches ask for. Those that have own ids share sales too. */
export const NUMBERS = Array.from({ length: 8 }, (_, nth) => nth + 1);
/** Their payees have trouble in some seeds: the rail refuses what is sent to them until the faults end. */
export const IN_TROUBLE: ReadonlySet<number> = new Set([1, 2, 3]);

/** Some are for more payouts than those that all share; each has sales of its own. */
const salesOf = (nth: number) => (nth <= 8 ? [`sale-${nth}`, `sale-${(2 * nth) % 9}`] : [`sale-${nth}`]);
const majorOf = (nth: number) => 100 + (nth % 50);

const pixItem = (nth: number) => ({
  ...{ external_id: `pix-${nth}`, user_id: `user-${nth}`, pix_key: `user-${nth}@example.com` },
  amount_cents: majorOf(nth),
});
export const vendorPayout = (nth: number) => ({
  ...{ external_id: `own-${nth}`, vendor_id: `vendor-${nth}`, vendor_name: `Vendor ${nth}`, amount: majorOf(nth) },
  ...{ currency: 'IDR', bank_account: `10020030${nth}`, bank_name: 'BCA', transaction_ids: salesOf(nth) },
});

export type Shape = { readonly isPix: boolean; readonly mode: Mode; readonly claimsSales: boolean };

export function askedPayout(nth: number, { isPix, mode, claimsSales }: Shape): AskedPayout {
  const minor = isPix ? `${majorOf(nth)}` : `${100 * majorOf(nth)}`;
  const own = isPix ? `pix-${nth}` : `own-${nth}`;
  return { nth, minor, keys: mode === 'allow' ? [] : [own, ...(claimsSales && !isPix ? salesOf(nth) : [])] };
}

/** @param numbers undefined: an invalid entry */
export function batchOfPayouts(
  batch_id: string,
  numbers: readonly (number | undefined)[],
  shape: Shape,
  rest: object,
): AskedBatch {
  const { isPix, mode } = shape;
  const claimsSales = shape.claimsSales && mode !== 'allow' && !isPix;
  const entries = numbers.map((nth, index) => {
    if (nth !== undefined) return isPix ? pixItem(nth) : vendorPayout(nth);
    const external_id = invalidName(index);
    return isPix ? { ...pixItem(1), external_id, amount_cents: 0 } : { ...vendorPayout(1), external_id, amount: -1 };
  });
  const list = isPix ? { items: entries } : { payouts: entries, claim_transactions: claimsSales };
  const skips = numbers.includes(undefined) ? { on_invalid: 'skip' } : {};
  return {
    body: { batch_id, duplicates: mode, ...skips, ...list, ...rest },
    payouts: numbers.map((nth) => (nth === undefined ? undefined : askedPayout(nth, { isPix, mode, claimsSales }))),
  };
}

/** The id of the invalid entry at an index. */
export const invalidName = (index: number) => `invalid-${index + 1}`;

/** A batch of some of the payouts; only a batch that skips duplicates may have one twice. Some entries are invalid. */
export function drawBatch(batch_id: string, chance: Chance, rest: object): AskedBatch {
  const mode = chance.oneOf(['skip', 'skip', 'skip', 'reject', 'allow'] as const);
  const shape = { isPix: chance.isTrue(0.4), mode, claimsSales: chance.isTrue(0.6) };
  const drawn = Array.from({ length: chance.between(2, 8) }, () => chance.oneOf(NUMBERS));
  const numbers: (number | undefined)[] = mode === 'skip' ? drawn : different(drawn);
  for (let invalid = chance.oneOf([0, 0, 0, 1, 3]); invalid > 0; invalid -= 1) {
    numbers.splice(chance.between(0, numbers.length), 0, undefined);
  }
  return batchOfPayouts(batch_id, numbers, shape, rest);
}

/** Those that have no key of an earlier one. */
export function different(numbers: readonly number[]): number[] {
  const taken = new Set<string>();
  return numbers.filter((nth) => {
    const own = [`own-${nth}`, ...salesOf(nth)];
    const isNew = own.every((key) => !taken.has(key));
    for (const key of own) taken.add(key);
    return isNew;
  });
}

export const allOfThem = (batch_id: string, isPix: boolean) =>
  batchOfPayouts(batch_id, NUMBERS, { isPix, mode: 'skip', claimsSales: true }, {});
