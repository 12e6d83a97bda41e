import type { Chance } from './schedule.ts';

export type Mode = 'skip' | 'reject' | 'allow';

/** What a client asks to store, as the judges remember it. */
export type AskedBatch = {
  readonly body: { readonly batch_id: string; readonly start_at?: string } & Record<string, unknown>;
  readonly mode: Mode;
  /** The keys that each payout claims, in the order of the request. */
  readonly keys: readonly (readonly string[])[];
};

/** Payouts that many batches ask for. Those that have own ids share sales too. */
const NUMBERS = Array.from({ length: 8 }, (_, nth) => nth + 1);

const pixItem = (nth: number) => ({
  ...{ external_id: `pix-${nth}`, user_id: `user-${nth}`, amount_cents: 100 + nth, pix_key: `user-${nth}@example.com` },
});
const vendorPayout = (nth: number) => ({
  ...{ external_id: `own-${nth}`, vendor_id: `vendor-${nth}`, vendor_name: `Vendor ${nth}`, amount: 100 + nth },
  ...{ currency: 'IDR', bank_account: `10020030${nth}`, bank_name: 'BCA' },
  transaction_ids: [`sale-${nth}`, `sale-${(2 * nth) % 9}`],
});

type Shape = { readonly isPix: boolean; readonly mode: Mode; readonly claimsSales: boolean };

export function batchOfPayouts(batch_id: string, numbers: readonly number[], shape: Shape, rest: object): AskedBatch {
  const { isPix, mode } = shape;
  const claimsSales = shape.claimsSales && mode !== 'allow' && !isPix;
  const entries = isPix ? numbers.map(pixItem) : numbers.map(vendorPayout);
  const keys = entries.map((entry) => [
    entry.external_id,
    ...(claimsSales && 'transaction_ids' in entry ? entry.transaction_ids : []),
  ]);
  const list = isPix ? { items: entries } : { payouts: entries, claim_transactions: claimsSales };
  return {
    body: { batch_id, duplicates: mode, ...list, ...rest },
    mode,
    keys: mode === 'allow' ? keys.map(() => []) : keys,
  };
}

/** A batch of some of the payouts; only a batch that skips duplicates may have one twice. */
export function drawBatch(batch_id: string, chance: Chance, rest: object): AskedBatch {
  const mode = chance.oneOf(['skip', 'skip', 'skip', 'reject', 'allow'] as const);
  const shape = { isPix: chance.isTrue(0.4), mode, claimsSales: chance.isTrue(0.6) };
  const drawn = Array.from({ length: chance.between(2, 8) }, () => chance.oneOf(NUMBERS));
  if (mode === 'skip') return batchOfPayouts(batch_id, drawn, shape, rest);
  const taken = new Set<string>();
  const different = drawn.filter((nth) => {
    const { external_id, transaction_ids } = vendorPayout(nth);
    const own = [external_id, ...transaction_ids];
    const isNew = own.every((key) => !taken.has(key));
    for (const key of own) taken.add(key);
    return isNew;
  });
  return batchOfPayouts(batch_id, different, shape, rest);
}

export const allOfThem = (batch_id: string, isPix: boolean) =>
  batchOfPayouts(batch_id, NUMBERS, { isPix, mode: 'skip', claimsSales: true }, {});
