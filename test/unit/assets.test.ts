import { describe, expect, it } from 'vitest';
import {
  amountProblem,
  assetsSchema,
  DEFAULT_ASSETS,
  parseAmount,
  requiredConfirmations,
} from '../../lib/withdrawals/assets.ts';

const assets = assetsSchema.parse(DEFAULT_ASSETS);
const eth = assets.get('ETH');
const why = (text: string) =>
  assetsSchema.safeParse(text).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
const one = (changes: object) =>
  JSON.stringify({ ABC: { decimals: 2, networks: { tron: {} }, min: '1', max: '10', ...changes } });

describe('an amount', () => {
  it.each([
    ['1', 1n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['9'.repeat(78), BigInt('9'.repeat(78))],
  ])('is read exactly: %s', (text, amount) => {
    expect(parseAmount(text)).toBe(amount);
  });

  it.each([
    ['0', 'must be greater than 0'],
    ['000', 'must be greater than 0'],
    ['-1', 'must be greater than 0'],
    ['1e3', 'must be a whole number of the smallest unit, in plain digits'],
    ['1.0', 'must be a whole number of the smallest unit, in plain digits'],
    ['+1', 'must be a whole number of the smallest unit, in plain digits'],
    [' 1', 'must be a whole number of the smallest unit, in plain digits'],
    ['0x10', 'must be a whole number of the smallest unit, in plain digits'],
    ['１２', 'must be a whole number of the smallest unit, in plain digits'],
    ['', 'must be a whole number of the smallest unit, in plain digits'],
    ['012', 'must not begin with 0'],
    ['1'.repeat(79), 'must have at most 78 digits'],
    [12, 'must be a string of digits'],
    [null, 'must be a string of digits'],
    [['1'], 'must be a string of digits'],
  ])('is refused: %j', (given, reason) => {
    expect(parseAmount(given)).toBe(reason);
  });

  it('may equal both limits of its asset', () => {
    if (!eth) throw new Error('there is ether');
    expect(amountProblem(eth, eth.min)).toBeUndefined();
    expect(amountProblem(eth, eth.max)).toBeUndefined();
    expect(amountProblem(eth, eth.min - 1n)).toBe('must be at least 100000000000000 (0.0001 ETH)');
    expect(amountProblem(eth, eth.max + 1n)).toBe('must be at most 1000000000000000000000 (1000 ETH)');
  });
});

describe('the assets', () => {
  it("fit into an environment variable, also in the framework's", () => {
    expect(DEFAULT_ASSETS.length).toBeLessThan(1_024);
    expect(DEFAULT_ASSETS).not.toContain('${');
  });

  it('require the usual confirmations of their network, or their own number', () => {
    const code = 'ABC' as never;
    expect(requiredConfirmations(assetsSchema.parse(one({})), code, 'tron')).toBe(19);
    expect(
      requiredConfirmations(assetsSchema.parse(one({ networks: { tron: { confirmations: 2 } } })), code, 'tron'),
    ).toBe(2);
  });

  it.each([
    ['no JSON', '{', ': must be JSON'],
    ['a list', '[]', /expected record/],
    ['a currency', one({}).replace('ABC', 'USD'), 'USD: must not be a currency of ISO 4217'],
    ['a name of small letters', one({}).replace('ABC', 'abc'), 'abc: must be 2 to 10 capital letters or digits'],
    ['an unknown network', one({ networks: { moon: {} } }), /^ABC\.networks\.moon: must be one of bitcoin, ethereum, /],
    ['no network', one({ networks: {} }), 'ABC.networks: must name a network'],
    ['a number for an amount', one({ min: 1 }), 'ABC.min: must be a string of 1 to 78 digits'],
    ['a min of 0', one({ min: '0' }), 'ABC.min: must be a whole number greater than 0, in plain digits'],
    ['79 digits', one({ max: '1'.repeat(79) }), 'ABC.max: must have at most 78 digits'],
    ['a min above the max', one({ min: '11' }), 'ABC.max: must not be less than min'],
    [
      'wrong twice',
      one({ min: '11', networks: { moon: {} } }),
      /^ABC\.networks\.moon: .+; ABC\.max: must not be less than min$/,
    ],
    ['a misspelt field', one({ decimal: 2 }), /decimal/],
  ])('are not %s', (_what, text, message) => {
    expect(why(text)?.join('; ')).toMatch(message);
  });
});
