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
  /** Smallest and largest payout, and the step between amounts, in minor units; `decimals` as in ISO 4217. */
  amount: { min: number; max: number; step: number; decimals: 0 | 2 };
  /** Banks with the number of digits of their account numbers. */
  banks: readonly (readonly [string, number])[];
  names: Faker;
  /** Makes the names of vendors if Faker has no locale for the market. */
  vendorName?: (names: Faker) => string;
};

/** Faker has no Philippine locale. */
const PHILIPPINE_SURNAMES =
  'Aquino Bautista Castillo Cruz Dizon Flores Garcia Mendoza Mercado Ocampo Pangilinan Ramos Reyes Salazar Santos Soriano Tolentino Villanueva'.split(
    ' ',
  );
const PHILIPPINE_SHOPS = [
  'Trading',
  'Enterprises',
  'General Merchandise',
  'Sari-Sari Store',
  'Food Products',
  'Hardware',
];

const MARKETS: readonly Market[] = [
  {
    currency: 'IDR',
    weight: 5,
    amount: { min: 50_000_00, max: 25_000_000_00, step: 1_00, decimals: 2 }, // sen are out of use
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
    amount: { min: 250_00, max: 90_000_00, step: 1, decimals: 2 },
    banks: [
      ['BDO Unibank', 12],
      ['Bank of the Philippine Islands', 10],
      ['Metrobank', 13],
      ['Land Bank of the Philippines', 10],
      ['UnionBank', 12],
    ],
    names: new Faker({ locale: [en, base] }),
    vendorName: ({ helpers }) =>
      `${helpers.arrayElement(PHILIPPINE_SURNAMES)} ${helpers.arrayElement(PHILIPPINE_SHOPS)}`,
  },
  {
    currency: 'VND',
    weight: 2,
    amount: { min: 100_000, max: 60_000_000, step: 500, decimals: 0 },
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

/** The same seed and size always give the same vendors. */
export function vendorPayouts(size: number, seed: number): VendorPayout[] {
  const draw = new Faker({ locale: [en, base], seed: seed * 1_000_003 + size });
  for (const { names } of MARKETS) names.seed(seed * 1_000_003 + size);
  return Array.from({ length: size }, (_, index) => {
    const market = draw.helpers.weightedArrayElement(MARKETS.map((value) => ({ value, weight: value.weight })));
    const [bank, digits] = draw.helpers.arrayElement(market.banks);
    return {
      vendor_id: `vendor-${size}-${String(index + 1).padStart(4, '0')}`,
      vendor_name: market.vendorName?.(market.names) ?? market.names.company.name(),
      amount: drawAmount(market, draw),
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

/** In major units. Most are small: fewer than one in ten is above the middle of the range. */
function drawAmount({ amount: { min, max, step, decimals } }: Market, draw: Faker): number {
  const steps = draw.number.int({ min: 0, max: (max - min) / step });
  const share = draw.number.int({ min: 0, max: 1_000_000 }) / 1_000_000;
  return (min + step * Math.floor(steps * share * share)) / 10 ** decimals;
}

/** A body of POST /batches. */
export function seedBatch(size: number, seed: number): { batch_id: string; payouts: VendorPayout[] } {
  return { batch_id: `seed-${seed}-${size}`, payouts: vendorPayouts(size, seed) };
}
