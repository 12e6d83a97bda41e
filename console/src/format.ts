/*
 * How amounts, times and lengths of time are written.
 */

import { isCurrency, knownDecimals } from './decimals.ts';

export type Amount = {
  readonly amount?: number;
  /** A string of digits, if it may be beyond what JSON readers hold. */
  readonly amount_minor: number | bigint | string;
  readonly currency: string;
};

/** All digits of the minor units, which may be beyond 2^53. */
function exactText(minor: Amount['amount_minor'], decimals: number): `${number}` {
  const sign = String(minor).startsWith('-') ? '-' : '';
  const digits = String(minor)
    .replace('-', '')
    .padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return (sign + (decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`)) as `${number}`;
}

const isWhole = ({ currency }: Amount) => knownDecimals(currency) === undefined;

/** Without the zeros that an amount of an asset ends with: it may have 18 decimals. */
const shortened = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** `1250000.50`, as a person types it. */
export function plainAmount({ amount_minor, currency }: Amount): string {
  const text = exactText(amount_minor, knownDecimals(currency) ?? 0);
  return isCurrency(currency) ? text : shortened(text);
}

/** Each takes much longer to make than to use, and lists show hundreds of amounts. */
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string, decimals: number): Intl.NumberFormat {
  const key = `${currency} ${decimals}`;
  const known = formats.get(key);
  if (known) return known;
  const made = isCurrency(currency)
    ? new Intl.NumberFormat(undefined, {
        style: 'currency',
        currency,
        currencyDisplay: 'code',
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      })
    : new Intl.NumberFormat(undefined, { maximumFractionDigits: decimals });
  formats.set(key, made);
  return made;
}

/** `IDR 1,250,000.50` or `BTC 0.015` in the user's language. */
export function formatMoney(money: Amount): string {
  const { currency, amount_minor } = money;
  const decimals = knownDecimals(currency) ?? 0;
  const text = formatOf(currency, decimals).format(exactText(amount_minor, decimals));
  if (isCurrency(currency)) return text;
  return isWhole(money) ? `${text} of the smallest unit of ${currency}` : `${currency}\u00a0${text}`;
}

/** In minor units. Undefined unless the text is an amount in the notation of {@link plainAmount}. */
export function minorOf(text: string, currency: string): bigint | undefined {
  const decimals = knownDecimals(currency) ?? 0;
  const [, whole = '', , part = ''] = /^(\d{1,40})(\.(\d+))?$/.exec(text.trim()) ?? [];
  if (whole === '' || currency === '' || part.length > decimals) return undefined;
  return BigInt(whole + part.padEnd(decimals, '0'));
}

/** All but the last four characters of an account or an address are hidden. */
export const masked = (text: string): string => (text.length > 8 ? `****${text.slice(-4)}` : '****');

const COUNT = new Intl.NumberFormat();
export const formatCount = (count: number | bigint): string => COUNT.format(count);

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const LOCAL_TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
export const formatLocal = (at: Date): string => LOCAL.format(at);
/** Without the date if it is today. */
export const formatShort = (at: Date): string =>
  at.toDateString() === new Date().toDateString() ? LOCAL_TIME.format(at) : LOCAL.format(at);
/** `2026-11-22 07:04:02.372 UTC` */
export const formatUtc = (at: Date): string => at.toISOString().replace('T', ' ').replace('Z', ' UTC');

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** Its largest units: `3 d 4 h`, `2 min 5 s`; below a second `40 ms`. */
export function formatDuration(ms: number, units = 2): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  let rest = Math.round(ms / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  if (rest > 0) parts.push(`${rest} s`);
  return parts.slice(0, units).join(' ');
}
