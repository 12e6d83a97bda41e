import currencyCodes from 'currency-codes';
import { expect, it } from 'vitest';
import { decimalsOf as decimalsInConsole, setAssets } from '../../console/src/decimals.ts';
import { formatMoney, minorOf, plainAmount } from '../../console/src/format.ts';
import { decimalsOf, parseCurrency } from '../../lib/kernel/money.ts';

it('the console has the decimals of every currency that the service takes', () => {
  const currencies = currencyCodes.codes().flatMap((code) => parseCurrency(code) ?? []);
  expect(currencies.length).toBeGreaterThan(150);
  expect(Object.fromEntries(currencies.map((code) => [code, decimalsInConsole(code)]))).toEqual(
    Object.fromEntries(currencies.map((code) => [code, decimalsOf(code)])),
  );
});

it('amounts of known assets are shown and read in their unit, others in the smallest one', () => {
  const wei = { amount_minor: '1500000000000000001', currency: 'ETH' };
  expect(formatMoney(wei)).toBe('1,500,000,000,000,000,001 of the smallest unit of ETH');
  setAssets([{ code: 'ETH', decimals: 18 }]);

  expect(formatMoney(wei)).toBe('ETH\u00a01.500000000000000001');
  expect(formatMoney({ ...wei, amount_minor: -(10n ** 18n) })).toBe('ETH\u00a0-1');
  expect(plainAmount({ ...wei, amount_minor: 20n * 10n ** 18n })).toBe('20');
  expect(minorOf('1.500000000000000001', 'ETH')).toBe(1_500_000_000_000_000_001n);
  expect(minorOf('0.0000000000000000001', 'ETH')).toBeUndefined();
  expect(formatMoney({ amount_minor: 125_000_050, currency: 'IDR' })).toBe('IDR\u00a01,250,000.50');
});
