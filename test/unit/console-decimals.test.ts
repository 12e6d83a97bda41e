import currencyCodes from 'currency-codes';
import { expect, it } from 'vitest';
import { decimalsOf as decimalsInConsole } from '../../console/src/decimals.ts';
import { decimalsOf, parseCurrency } from '../../lib/kernel/money.ts';

it('the console has the decimals of every currency that the service takes', () => {
  const currencies = currencyCodes.codes().flatMap((code) => parseCurrency(code) ?? []);
  expect(currencies.length).toBeGreaterThan(150);
  expect(Object.fromEntries(currencies.map((code) => [code, decimalsInConsole(code)]))).toEqual(
    Object.fromEntries(currencies.map((code) => [code, decimalsOf(code)])),
  );
});
