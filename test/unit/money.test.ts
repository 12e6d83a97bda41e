import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber } from '../../lib/kernel/exact-json.ts';
import {
  decimalsOf,
  formatMajor,
  MAX_MINOR,
  parseCurrency,
  parseMajor,
  parseMinor,
  sumByCurrency,
} from '../../lib/kernel/money.ts';
import { currency } from '../support/builders.ts';

const major = (text: string, code: string) => parseMajor(new ExactNumber(text), currency(code));
const minor = (text: string) => parseMinor(new ExactNumber(text));
/** One currency for each number of decimals in ISO 4217. */
const anyCurrency = fc.constantFrom('VND', 'JPY', 'IDR', 'PHP', 'BHD', 'CLF').map(currency);
const anyMinor = fc.bigInt({ min: 1n, max: MAX_MINOR });

/** The value as a fraction of two big integers, in minor units. */
function model(sign: string, whole: string, fraction: string, exponent: number, decimals: number) {
  const scale = exponent - fraction.length + decimals;
  const [top, bottom] = [
    BigInt(whole + fraction) * 10n ** BigInt(Math.max(scale, 0)),
    10n ** BigInt(Math.max(-scale, 0)),
  ];
  if (sign === '-' || top === 0n) return 'must be greater than 0';
  if (top / bottom >= 10n ** 17n) return 'is too large';
  if (top % bottom !== 0n) return { decimals };
  return top / bottom > MAX_MINOR ? 'is too large' : top / bottom;
}

describe('an amount in major units', () => {
  it('equals exact arithmetic, in any notation', () => {
    const digits = (maxLength: number) => fc.stringMatching(new RegExp(`^\\d{1,${maxLength}}$`));
    const anyNumber = fc.record({
      sign: fc.constantFrom('', '', '', '-'),
      whole: digits(20),
      fraction: fc.oneof(fc.constant(''), digits(6), digits(400)),
      exponent: fc.oneof(fc.constant(0), fc.integer({ min: -9, max: 9 }), fc.integer({ min: -450, max: 450 })),
    });
    fc.assert(
      fc.property(anyNumber, anyCurrency, ({ sign, whole, fraction, exponent }, code) => {
        const text = `${sign}${whole}${fraction && `.${fraction}`}${exponent === 0 ? '' : `e${exponent}`}`;
        expect(parseMajor(new ExactNumber(text), code)).toEqual(
          model(sign, whole, fraction, exponent, decimalsOf(code)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('is unchanged after writing and reading, in every currency', () => {
    fc.assert(
      fc.property(anyMinor, anyCurrency, (amount, code) => {
        expect(parseMajor(new ExactNumber(formatMajor({ minor: amount, currency: code })), code)).toBe(amount);
      }),
    );
  });

  it('is the same with any number of zeros and any exponent', () => {
    fc.assert(
      fc.property(anyMinor, anyCurrency, fc.nat(6), fc.integer({ min: -12, max: 12 }), (amount, code, zeros, shift) => {
        // The same value as digits x 10^exponent, with the point moved by `shift` and zeros appended after it.
        const text = `${amount}.${'0'.repeat(zeros + 1)}e${-decimalsOf(code)}`;
        expect(parseMajor(new ExactNumber(text), code)).toBe(amount);
        const shifted =
          shift >= 0 ? `${amount}${'0'.repeat(shift)}e${-decimalsOf(code) - shift}` : `${amount}e${-decimalsOf(code)}`;
        expect(parseMajor(new ExactNumber(shifted), code)).toBe(amount);
      }),
    );
  });

  it('is never rounded: more digits than the currency has are refused', () => {
    fc.assert(
      fc.property(anyMinor, anyCurrency, fc.integer({ min: 1, max: 9 }), (amount, code, digit) => {
        const text = `${formatMajor({ minor: amount / 10n + 1n, currency: code })}${decimalsOf(code) === 0 ? '.' : ''}${digit}`;
        expect(parseMajor(new ExactNumber(text), code)).toEqual({ decimals: decimalsOf(code) });
      }),
    );
  });

  it.each([
    ['0.1', 'IDR', 10n],
    ['0.30', 'PHP', 30n],
    ['1.0e2', 'IDR', 10_000n],
    ['150000.50', 'IDR', 15_000_050n],
    ['10.500', 'IDR', 1_050n],
    ['1e-2', 'IDR', 1n],
    ['90071992547409.91', 'IDR', MAX_MINOR],
    ['9007199254740991', 'VND', MAX_MINOR],
    ['1.234', 'BHD', 1_234n],
  ])('%s %s is %d minor units', (text, code, expected) => {
    expect(major(text, code)).toBe(expected);
  });

  it.each([
    ['0', 'IDR', 'must be greater than 0'],
    ['-0', 'IDR', 'must be greater than 0'],
    ['0.00', 'IDR', 'must be greater than 0'],
    ['-5', 'IDR', 'must be greater than 0'],
    ['0e10', 'IDR', 'must be greater than 0'],
    ['10.125', 'IDR', { decimals: 2 }],
    ['10.125', 'PHP', { decimals: 2 }],
    ['10.5', 'VND', { decimals: 0 }],
    [String(0.1 + 0.2), 'IDR', { decimals: 2 }],
    ['1e-400', 'IDR', { decimals: 2 }],
    ['1e400', 'IDR', 'is too large'],
    ['00', 'IDR', 'must be greater than 0'],
    ['90071992547409.919', 'IDR', { decimals: 2 }],
    ...['.5', '5.', '', 'NaN', 'Infinity', '0x1F', '1_000', '1,5', ' 5', '+5', '\u0665', '1e', '1e5.0'].map(
      (text): [string, string, string] => [text, 'IDR', 'is not a plain decimal number'],
    ),
    ['1e99999', 'IDR', 'is not a plain decimal number'],
    ['90071992547409.92', 'IDR', 'is too large'],
    ['9007199254740993', 'VND', 'is too large'],
  ])('%s %s is refused', (text, code, problem) => {
    expect(major(text, code)).toEqual(problem);
  });
});

describe('an amount in minor units', () => {
  it('is exactly the given integer', () => {
    fc.assert(
      fc.property(anyMinor, (amount) => {
        expect(minor(`${amount}`)).toBe(amount);
      }),
    );
  });

  it.each([
    ['0', 'must be greater than 0'],
    ['-3', 'must be greater than 0'],
    ['1.5', { decimals: 0 }],
    ['1e3', { decimals: 0 }],
    ['9007199254740992', 'is too large'],
    ['123456789012345678901234567890', 'is too large'],
  ])('%s is refused', (text, problem) => {
    expect(minor(text)).toEqual(problem);
  });
});

describe('currencies', () => {
  it.each([
    ['IDR', 2],
    ['PHP', 2],
    ['VND', 0],
    ['JPY', 0],
    ['BHD', 3],
    ['CLF', 4],
  ])('%s has %d decimals', (code, decimals) => {
    expect(decimalsOf(currency(code))).toBe(decimals);
  });

  it('all have an exponent in ISO 4217; metals, test codes and "no currency" are not currencies', () => {
    for (const code of ['XAU', 'XAG', 'XDR', 'XTS', 'XXX']) expect(parseCurrency(code), code).toBeUndefined();
    for (const code of ['XOF', 'XAF', 'XPF', 'XCD']) expect(parseCurrency(code), code).toBe(code);
  });

  it.each(['idr', 'XXZ', '', 'IDRR', '__proto__', 'constructor'])('%j is not a currency', (code) => {
    expect(parseCurrency(code)).toBeUndefined();
  });
});

describe('sums', () => {
  const idr = (minor: bigint) => ({ minor, currency: currency('IDR') });

  it('keep every digit, are separate per currency, and are sorted by code', () => {
    const sums = sumByCurrency([{ minor: 5n, currency: currency('VND') }, idr(MAX_MINOR), idr(MAX_MINOR), idr(1n)]);
    expect([...sums]).toEqual([
      ['IDR', 2n * MAX_MINOR + 1n],
      ['VND', 5n],
    ]);
  });

  it('are written like amounts, also below zero', () => {
    expect(['0', '-5', '-12345', '100'].map((minor) => formatMajor(idr(BigInt(minor))))).toEqual([
      '0.00',
      '-0.05',
      '-123.45',
      '1.00',
    ]);
  });
});
