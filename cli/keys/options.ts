import { type Command, InvalidArgumentError } from 'commander';
import ms from 'ms';
import type { KeyLimitsRequest, KeyRequest } from '../../client/index.ts';
import { KEY_SCOPES, type KeyScope } from '../../lib/kernel/principal.ts';
import { wholeNumber } from '../output/lists.ts';

type Scopes = KeyRequest['scopes'];
type Amounts = NonNullable<KeyLimitsRequest['max_per_day']>;

/** The options that describe a key. */
export type KeyOptions = {
  readonly scopes?: Scopes;
  readonly expires?: string;
  readonly rate?: number;
  readonly burst?: number;
  readonly maxPerPayout?: Amounts;
  readonly maxPerDay?: Amounts;
};

export const withLimits = (command: Command): Command =>
  command
    .option('--rate <number>', 'requests per second', wholeNumber)
    .option('--burst <number>', 'requests that may come at once after a pause', wholeNumber)
    .option('--max-per-payout <CODE=amount>', 'largest payout in minor units; repeat it for each currency', amounts)
    .option('--max-per-day <CODE=amount>', 'sum of a day in UTC in minor units; repeat it for each currency', amounts);

export function limitsOf({ rate, burst, maxPerPayout, maxPerDay }: KeyOptions): KeyLimitsRequest {
  return {
    ...(rate === undefined ? {} : { requests_per_second: rate }),
    ...(burst === undefined ? {} : { burst }),
    ...(maxPerPayout ? { max_per_payout: maxPerPayout } : {}),
    ...(maxPerDay ? { max_per_day: maxPerDay } : {}),
  };
}

/** `payouts:read,payouts:write`, or `all`. */
export function scopes(text: string): KeyScope[] {
  if (text === 'all') return [...KEY_SCOPES];
  const given = text.split(',').map((scope) => scope.trim());
  const unknown = given.filter((scope) => !(KEY_SCOPES as readonly string[]).includes(scope));
  if (unknown.length === 0) return given as KeyScope[];
  throw new InvalidArgumentError(`Unknown: ${unknown.join(', ')}. The scopes are ${KEY_SCOPES.join(', ')}.`);
}

/** `90d` from now, or a time such as `2027-01-31T00:00:00Z`. In RFC 3339. */
export function expiry(text: string): string {
  const duration = durationOf(text);
  const time = duration === undefined ? Date.parse(text) : Date.now() + duration;
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('It must be a duration such as 90d or a time such as 2027-01-31T00:00:00Z.');
}

/** Whole seconds. */
export function seconds(text: string): number {
  const duration = durationOf(text);
  if (duration !== undefined) return Math.floor(duration / 1_000);
  throw new InvalidArgumentError('It must be a duration such as 0s, 24h or 7d.');
}

const durationOf = (text: string): number | undefined =>
  /^\d+(s|m|h|d)$/.test(text) ? ms(text as ms.StringValue) : undefined;

function amounts(text: string, before: Amounts = {}): Amounts {
  const [, code, digits] = /^([A-Z0-9]{2,10})=(0|[1-9]\d*)$/.exec(text) ?? [];
  if (code === undefined || digits === undefined) {
    throw new InvalidArgumentError('It must be a code and an amount in minor units, such as IDR=5000000000.');
  }
  return { ...before, [code]: Number.isSafeInteger(Number(digits)) ? Number(digits) : digits };
}
