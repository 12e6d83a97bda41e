import { base, en, Faker, id_ID, vi } from '@faker-js/faker';

/** One entry of POST /batches. */
export type VendorPayout = {
  vendor_id: string;
  vendor_name: string;
  amount: number;
  currency: string;
  bank_account: string;
  bank_name: string;
  transaction_ids: string[];
};

type Market = {
  currency: string;
  /** Share of the vendors, out of 10. */
  weight: number;
  /** Smallest and largest payout in major units, and the step between amounts. */
  amount: { min: number; max: number; step: number };
  /** Banks with the number of digits of their account numbers. */
  banks: readonly (readonly [string, number])[];
  names: Faker;
};

const MARKETS: readonly Market[] = [
  {
    currency: 'IDR',
    weight: 5,
    amount: { min: 50_000, max: 25_000_000, step: 0.25 },
    banks: [
      ['Bank Central Asia', 10],
      ['Bank Mandiri', 13],
      ['Bank Rakyat Indonesia', 15],
      ['Bank Negara Indonesia', 10],
      ['CIMB Niaga', 13],
      ['Bank Syariah Indonesia', 10],
    ],
    names: new Faker({ locale: [id_ID, en, base] }),
  },
  {
    currency: 'PHP',
    weight: 3,
    amount: { min: 250, max: 90_000, step: 0.25 },
    banks: [
      ['BDO Unibank', 12],
      ['Bank of the Philippine Islands', 10],
      ['Metrobank', 13],
      ['Land Bank of the Philippines', 10],
      ['UnionBank', 12],
    ],
    names: new Faker({ locale: [en, base] }),
  },
  {
    currency: 'VND',
    weight: 2,
    amount: { min: 100_000, max: 60_000_000, step: 1_000 },
    banks: [
      ['Vietcombank', 13],
      ['BIDV', 14],
      ['VietinBank', 12],
      ['Techcombank', 14],
      ['MB Bank', 13],
    ],
    names: new Faker({ locale: [vi, en, base] }),
  },
];

export const SIZES = [100, 1_000, 5_000] as const;

/** `size` vendors; the same seed and size always give the same ones. */
export function vendorPayouts(size: number, seed: number): VendorPayout[] {
  const draw = new Faker({ locale: [en, base], seed: seed * 1_000_003 + size });
  for (const { names } of MARKETS) names.seed(seed * 1_000_003 + size);
  return Array.from({ length: size }, (_, index) => {
    const market = draw.helpers.weightedArrayElement(MARKETS.map((value) => ({ value, weight: value.weight })));
    const [bank, digits] = draw.helpers.arrayElement(market.banks);
    const { min, max, step } = market.amount;
    return {
      vendor_id: `vendor-${String(index + 1).padStart(5, '0')}`,
      vendor_name: market.names.company.name(),
      amount: min + step * draw.number.int({ min: 0, max: (max - min) / step }),
      currency: market.currency,
      bank_account: draw.string.numeric({ length: digits, allowLeadingZeros: true }),
      bank_name: bank,
      transaction_ids: Array.from(
        { length: draw.number.int({ min: 1, max: 5 }) },
        () => `txn-${draw.string.alphanumeric(12)}`,
      ),
    };
  });
}

/** A body of POST /batches. */
export function seedBatch(size: number, seed: number): { batch_id: string; payouts: VendorPayout[] } {
  return { batch_id: `seed-${seed}-${size}`, payouts: vendorPayouts(size, seed) };
}
