import { beforeEach, describe, expect, it } from 'vitest';
import { setAssets } from '../../console/src/decimals.ts';
import { masked, minorOf, plainAmount } from '../../console/src/format.ts';

beforeEach(() => setAssets([]));

describe('an amount that a person types in the console', () => {
  it.each([
    ['1250000.50', 'IDR', 125_000_050n],
    ['0.5', 'IDR', 50n],
    ['7', 'IDR', 700n],
    ['90071992547409.93', 'IDR', 9_007_199_254_740_993n],
    ['1500', 'JPY', 1_500n],
    ['1.234', 'KWD', 1_234n],
    ['1000000000000000000', 'ETH', 10n ** 18n],
  ])('%s %s is exact', (text, currency, minor) => {
    expect(minorOf(text, currency)).toBe(minor);
    expect(minorOf(plainAmount({ amount_minor: minor, currency }), currency)).toBe(minor);
  });

  it.each([
    ['1.005', 'IDR'],
    ['1.5', 'JPY'],
    ['0.5', 'ETH'],
    ['1,000', 'IDR'],
    ['-1', 'IDR'],
    ['1e3', 'IDR'],
    ['.5', 'IDR'],
    ['5.', 'IDR'],
    ['', 'IDR'],
  ])('%s %s is none', (text, currency) => expect(minorOf(text, currency)).toBeUndefined());
});

it('an address is shown with its last four characters only', () => {
  expect(masked('0x52908400098527886E0F7030069857D2E4169EE7')).toBe('****9EE7');
  expect(masked('short')).toBe('****');
});
