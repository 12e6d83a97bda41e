import currencyCodes from 'currency-codes';
import type { ExactNumber } from './exact-json.ts';

/** An ISO 4217 alphabetic code whose number of decimals is known. Made only by {@link parseCurrency}. */
export type Currency = string & { readonly __brand: 'Currency' };

/** The code of a configured asset on a chain, such as `BTC`. It is never an ISO 4217 code. */
export type Asset = string & { readonly __brand: 'Asset' };
/** A currency of ISO 4217 has a code of this form too. */
export const ASSET_CODE = /^[A-Z0-9]{2,10}$/;
/** The unit of an amount. */
export type Unit = Currency | Asset;

/** An amount in the currency's minor unit (cents, sen, dong) or the asset's smallest unit (satoshi, wei). Never a float. */
export type Money<Of extends Unit = Currency> = { readonly minor: bigint; readonly currency: Of };

/** 2^53 - 1 minor units: the largest number that every JSON reader reads exactly. */
export const MAX_MINOR = 2n ** 53n - 1n;

/** The digits of an amount of an asset: as many as 2^256 has. */
export const MAX_DIGITS = 78;

/** Metals, bond units, testing, "no currency": ISO 4217 gives them no minor unit ("N.A."), so no amount can be exact. */
const WITHOUT_MINOR_UNIT = new Set('XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'.split(' '));
const decimalsByCurrency = new Map<string, number>(
  currencyCodes.data.filter(({ code }) => !WITHOUT_MINOR_UNIT.has(code)).map(({ code, digits }) => [code, digits]),
);

/** The codes that {@link parseCurrency} takes, as a pattern for JSON Schema. */
export const CURRENCY_PATTERN = `^(${[...decimalsByCurrency.keys()].sort().join('|')})$`;

export function parseCurrency(code: string): Currency | undefined {
  return decimalsByCurrency.has(code) ? (code as Currency) : undefined;
}

/** The number of decimals of the currency: 2 for IDR and PHP, 0 for VND (ISO 4217 list one). */
export function decimalsOf(currency: Currency): number {
  return decimalsByCurrency.get(currency) ?? 0;
}

export type AmountProblem =
  | 'is not a plain decimal number'
  | 'must be greater than 0'
  | 'is too large'
  | { decimals: number };

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Reads an amount written in major units (`1500.5`) as minor units, exactly.
 * In a currency with two decimals `1500.500` is valid and `1500.505` is not: nothing is rounded.
 */
export function parseMajor(number: ExactNumber, currency: Currency): bigint | AmountProblem {
  const match = DECIMAL.exec(number.text);
  if (!match) return 'is not a plain decimal number';
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const significant = (whole + fraction).replace(/^0+/, '');
  if (sign === '-' || significant === '') return 'must be greater than 0';

  const decimals = decimalsOf(currency);
  // The value is `significant` x 10^scale minor units.
  const scale = Number(exponent) - fraction.length + decimals;
  if (significant.length + scale > 17) return 'is too large';
  if (scale >= 0) return withinLimit(BigInt(significant) * 10n ** BigInt(scale));

  const dropped = significant.slice(scale);
  const kept = significant.slice(0, scale);
  if (/[1-9]/.test(dropped)) return { decimals };
  return withinLimit(BigInt(kept));
}

/** Reads an amount in minor units: a JSON integer without a fraction or an exponent. */
export function parseMinor(number: ExactNumber): bigint | AmountProblem {
  if (/^-\d+$/.test(number.text) || number.text === '0') return 'must be greater than 0';
  if (!/^\d+$/.test(number.text)) return { decimals: 0 };
  return number.text.length > 17 ? 'is too large' : withinLimit(BigInt(number.text));
}

/** The public message about an invalid amount. */
export function describeAmountProblem(problem: AmountProblem, currency: Currency, unit: 'major' | 'minor'): string {
  if (problem === 'is too large') {
    const max = unit === 'minor' ? `${MAX_MINOR}` : formatMajor({ minor: MAX_MINOR, currency });
    return `must be at most ${max}`;
  }
  if (typeof problem === 'string') return problem;
  if (unit === 'minor') return 'must be a whole number of minor units';
  return problem.decimals === 0
    ? `${currency} has no decimals`
    : `has more than the ${problem.decimals} decimals of ${currency}`;
}

/** The amount in major units with exactly the currency's decimals: 150050 IDR minor units are `1500.50`. */
export function formatMajor({ minor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return minor.toString();
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Sums per currency, in the order of the codes. */
export function sumByCurrency<Of extends Unit>(amounts: Iterable<Money<Of>>): Map<Of, bigint> {
  const sums = new Map<Of, bigint>();
  for (const { minor, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0n) + minor);
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withinLimit(minor: bigint): bigint | AmountProblem {
  if (minor > MAX_MINOR) return 'is too large';
  return minor > 0n ? minor : 'must be greater than 0';
}
