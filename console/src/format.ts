/*
 * How amounts, times and lengths of time are written.
 */

export type Amount = {
  readonly amount: number;
  readonly amount_minor: number | bigint;
  readonly currency: string;
};

/** The number of decimals of its currency: the service knows them, and gives the amount in both units. */
function decimalsOf({ amount, amount_minor, currency }: Amount): number {
  if (amount !== 0) return Math.max(0, Math.round(Math.log10(Number(amount_minor) / amount)));
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** All digits of the minor units, which may be beyond 2^53. */
function exactText(minor: number | bigint, decimals: number): `${number}` {
  const sign = minor < 0 ? '-' : '';
  const digits = String(minor)
    .replace('-', '')
    .padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return (sign + (decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`)) as `${number}`;
}

/** `IDR 1,250,000.50` in the user's language. */
export function formatMoney(money: Amount): string {
  const decimals = decimalsOf(money);
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: money.currency,
    currencyDisplay: 'code',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(exactText(money.amount_minor, decimals));
}

export const formatCount = (count: number): string => new Intl.NumberFormat().format(count);

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
