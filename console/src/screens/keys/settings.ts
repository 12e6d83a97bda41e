import type { KeyChangeRequest, KeyScope, KeyWithUse } from '../../../../client/index.ts';
import { quoted } from '../../parts/copy-as.tsx';
import type { FormField, Values } from '../../parts/form-button.tsx';
import { asUtc, localTime } from '../../parts/local-time.ts';

type Limits = KeyWithUse['limits'];
type Amounts = NonNullable<Limits['max_per_day']>;
type Settings = Pick<KeyWithUse, 'name' | 'scopes' | 'limits' | 'expires_at'>;

const wordsIn = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');
const amountsText = (amounts: Amounts = {}): string =>
  Object.entries(amounts)
    .map(([code, minor]) => `${code}=${minor}`)
    .join(' ');

/** What a key has that can be changed, as fields. @param key undefined: of a new one */
export const settingFields = (key?: Settings): FormField[] => [
  { name: 'name', label: 'Name', description: 'What the key is for', initial: key?.name ?? '' },
  {
    name: 'scopes',
    label: 'Scopes',
    description: 'Such as payouts:read payouts:write, separated by spaces',
    initial: key?.scopes.join(' ') ?? '',
  },
  limitField('rate', 'Requests per second', 'number', key?.limits.requests_per_second),
  limitField('burst', 'Requests at once after a pause', 'number', key?.limits.burst),
  limitField('maxPerPayout', 'Largest payout', 'text', amountsText(key?.limits.max_per_payout)),
  limitField('maxPerDay', 'Sum of a day in UTC', 'text', amountsText(key?.limits.max_per_day)),
  {
    name: 'expires',
    label: 'Expires, in your time zone',
    type: 'datetime-local',
    isOptional: true,
    initial: localTime(key?.expires_at),
  },
];

const limitField = (name: string, label: string, type: 'text' | 'number', initial: unknown = ''): FormField => ({
  ...{ name, label, type, isOptional: true, initial: `${initial}` },
  description: type === 'text' ? 'In minor units: IDR=5000000 USD=100. Empty: no limit' : 'Empty: no limit',
});

/** An amount that is no number of minor units is sent as text, so that the service refuses it with its reason. */
function amountsIn(text: string): Amounts {
  const pairs = wordsIn(text).map((word) => {
    const [code = '', amount = ''] = word.split('=');
    return [code.toUpperCase(), Number.isSafeInteger(Number(amount || Number.NaN)) ? Number(amount) : amount] as const;
  });
  return Object.fromEntries(pairs);
}

const given = <Value>(text: string | undefined, value: (text: string) => Value): Value | undefined =>
  text === undefined || text.trim() === '' ? undefined : value(text);

/** @param before its expiry is kept to the millisecond, which the field does not have */
export function settingsOf(values: Values, before?: Settings): KeyChangeRequest {
  const { name = '', scopes = '', rate, burst, maxPerPayout, maxPerDay, expires = '' } = values;
  const limits = {
    requests_per_second: given(rate, Number),
    burst: given(burst, Number),
    max_per_payout: given(maxPerPayout, amountsIn),
    max_per_day: given(maxPerDay, amountsIn),
  };
  const isSame = before?.expires_at && expires === localTime(before.expires_at);
  const expiry = isSame ? before.expires_at : asUtc(expires);
  const known = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  return { name, scopes: wordsIn(scopes) as KeyScope[], limits: known, ...(expiry ? { expires_at: expiry } : {}) };
}

/** The options of `sluice keys create` and `sluice keys change`. */
export function optionsOf({ name, scopes, limits = {}, expires_at }: KeyChangeRequest): string {
  const amounts = (option: string, of: Amounts = {}) =>
    Object.entries(of).map(([code, minor]) => `${option} ${quoted(`${code}=${minor}`)}`);
  return [
    `--name ${quoted(name)}`,
    `--scopes ${quoted(scopes.join(','))}`,
    ...(limits.requests_per_second === undefined ? [] : [`--rate ${limits.requests_per_second}`]),
    ...(limits.burst === undefined ? [] : [`--burst ${limits.burst}`]),
    ...amounts('--max-per-payout', limits.max_per_payout),
    ...amounts('--max-per-day', limits.max_per_day),
    ...(expires_at ? [`--expires ${expires_at}`] : []),
  ].join(' ');
}
