import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressProblem, canonicalAddress } from '../../lib/withdrawals/addresses.ts';
import { NETWORKS, type Network, parseNetwork } from '../../lib/withdrawals/assets.ts';

/** From specifications, from projects that publish examples, and of well-known contracts. */
const VALID: readonly [network: Network, kind: string, address: string][] = [
  ['bitcoin', 'P2PKH, of the first block', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'],
  ['bitcoin', 'P2SH', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy'],
  ['bitcoin', 'P2WPKH, BIP-173', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
  ['bitcoin', 'P2WPKH in capitals, BIP-173', 'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4'],
  ['bitcoin', 'P2WSH', 'bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3'],
  ['bitcoin', 'P2TR, BIP-350', 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0'],
  ['ethereum', 'all capitals, EIP-55', '0x52908400098527886E0F7030069857D2E4169EE7'],
  ['ethereum', 'all capitals, EIP-55', '0x8617E340B3D01FA5F11F306F4090FD50E238070D'],
  ['ethereum', 'all small, EIP-55', '0xde709f2102306220921060314715629080e2fb77'],
  ['ethereum', 'all small, EIP-55', '0x27b1fdb04752bbc536007a920d24acb045561c26'],
  ['ethereum', 'mixed, EIP-55', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['ethereum', 'mixed, EIP-55', '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359'],
  ['ethereum', 'mixed, EIP-55', '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB'],
  ['ethereum', 'mixed, EIP-55', '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb'],
  ['base', 'mixed, EIP-55', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['solana', 'a token’s mint', 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v'],
  ['solana', 'the token program', 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA'],
  ['tron', 'a token’s contract', 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t'],
];

const REFUSED: readonly [network: Network, why: string, address: string][] = [
  ['bitcoin', 'nothing', ''],
  ['bitcoin', 'a wrong checksum', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb'],
  ['bitcoin', 'mixed case, BIP-173', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8F3T4'],
  ['bitcoin', 'a wrong checksum, BIP-173', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5'],
  ['bitcoin', 'a program that is too short, BIP-173', 'bc1rw5uspcuh'],
  [
    'bitcoin',
    'a program that is too long, BIP-173',
    'bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90',
  ],
  ['bitcoin', 'a program length that version 0 does not have, BIP-173', 'BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P'],
  ['bitcoin', 'too many zeroes of padding, BIP-173', 'bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du'],
  ['bitcoin', 'nothing after the prefix, BIP-173', 'bc1gmk9yu'],
  ['bitcoin', 'an unknown prefix, BIP-173', 'tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty'],
  ['bitcoin', 'bech32 instead of bech32m, BIP-350', 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd'],
  ['bitcoin', 'bech32 instead of bech32m, BIP-350', 'BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL'],
  ['bitcoin', 'bech32m instead of bech32, BIP-350', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh'],
  [
    'bitcoin',
    'a letter that bech32 has not, BIP-350',
    'bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4',
  ],
  ['bitcoin', 'an invalid version, BIP-350', 'BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R'],
  ['bitcoin', 'a program of one byte, BIP-350', 'bc1pw5dgrnzv'],
  ['bitcoin', 'too much padding, BIP-350', 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf'],
  [
    'bitcoin',
    'a program that is too long, BIP-350',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav',
  ],
  ['bitcoin', 'version 2, valid in BIP-350 but not spendable', 'bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs'],
  ['bitcoin', 'version 16, valid in BIP-350 but not spendable', 'BC1SW50QGDZ25J'],
  ['bitcoin', 'version 1 without a key', 'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y'],
  ['bitcoin', 'a test network’s', 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080'],
  ['bitcoin', 'a test network’s, P2SH', '2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc'],
  ['bitcoin', 'a look-alike letter, the Kelvin sign', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7\u212Av8f3t4'],
  ['bitcoin', 'litecoin’s version byte', 'LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9'],
  ['bitcoin', 'a test network’s', 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx'],
  ['bitcoin', 'a test network’s', 'mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn'],
  ['bitcoin', 'another chain’s', '0x52908400098527886E0F7030069857D2E4169EE7'],
  ['bitcoin', 'a space around it', ' 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'],
  ['ethereum', 'a wrong checksum', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD'],
  ['ethereum', 'no 0x', '52908400098527886E0F7030069857D2E4169EE7'],
  ['ethereum', '0X', '0X52908400098527886E0F7030069857D2E4169EE7'],
  ['ethereum', '39 digits', '0x52908400098527886E0F7030069857D2E4169EE'],
  ['ethereum', '41 digits', '0x52908400098527886E0F7030069857D2E4169EE77'],
  ['ethereum', 'the zero address', `0x${'0'.repeat(40)}`],
  ['ethereum', 'a name', 'vitalik.eth'],
  ['ethereum', 'a look-alike letter', '0x5290840009852788６E0F7030069857D2E4169EE7'],
  ['solana', 'the zero address', '1'.repeat(32)],
  ['solana', '33 bytes', '1'.repeat(33)],
  ['solana', '31 bytes', '4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS'.slice(0, 42)],
  ['solana', 'letters that base58 has not', 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt0v'],
  ['solana', 'another chain’s', 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t'],
  ['tron', 'a wrong checksum', 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u'],
  ['tron', 'the zero address', 'T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb'],
  ['tron', 'bitcoin’s version byte', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'],
  ['tron', 'hexadecimal', '0x41a614f803b6fd780986a42c78ec9c7f77e6ded13c'],
  ['solana', 'an impossible length', '1'.repeat(100_000)],
];

const BASE58 = [...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'];

describe('an address', () => {
  it.each(VALID)('of %s is accepted: %s', (network, _kind, address) => {
    expect(addressProblem(network, address)).toBeUndefined();
  });

  it.each(REFUSED)('of %s is refused for %s', (network, _why, address) => {
    const problem = addressProblem(network, address);
    expect(problem).toEqual(expect.any(String));
    if (address.length > 5) expect(problem).not.toContain(address);
  });

  it('has a reason when it is refused', () => {
    expect(addressProblem('ethereum', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD')).toBe(
      'has a wrong checksum (EIP-55)',
    );
    expect(addressProblem('bitcoin', 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx')).toBe(
      'is of a bitcoin test network',
    );
    expect(addressProblem('bitcoin', 'bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs')).toBe(
      'is of a witness version that bitcoin does not use yet',
    );
    for (const [network, why, address] of REFUSED.filter(([, reason]) => reason === 'the zero address')) {
      expect(addressProblem(network, address), why).toBe('is the zero address: amounts sent to it are lost');
    }
    expect(addressProblem('tron', 'x'.repeat(129))).toBe('must be at most 128 characters');
  });

  const checksummed = VALID.filter(
    ([network, kind]) => network === 'tron' || (network === 'bitcoin' && kind.startsWith('P2')),
  );

  it.each(checksummed)('of %s with any one character changed is refused: %s', (network, _kind, address) => {
    const letters = /^bc1/i.test(address) ? [...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'] : BASE58;
    fc.assert(
      fc.property(fc.nat(address.length - 1), fc.constantFrom(...letters), (at, letter) => {
        const changed = address.slice(0, at) + letter + address.slice(at + 1);
        fc.pre(changed.toLowerCase() !== address.toLowerCase());
        expect(addressProblem(network, changed)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  // EIP-55 detects a wrong digit with a high probability only, so these tests change letters.
  const inMixedCase = VALID.filter(([, kind]) => kind.startsWith('mixed'));
  it.each(inMixedCase)('of %s with the case of any letter changed is refused: %s', (network, _kind, address) => {
    const letters = [...address].flatMap((letter, at) => (at > 1 && /[a-f]/i.test(letter) ? [at] : []));
    expect(letters.length).toBeGreaterThan(10);
    for (const at of letters) {
      const letter = address.charAt(at);
      const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
      expect(addressProblem(network, address.slice(0, at) + other + address.slice(at + 1))).toBe(
        'has a wrong checksum (EIP-55)',
      );
    }
  });

  it('has one canonical form', () => {
    const [first, second] = [
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      '0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED',
    ];
    expect(canonicalAddress('ethereum', first)).toBe(canonicalAddress('ethereum', second));
    const bech32 = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';
    expect(canonicalAddress('bitcoin', bech32.toUpperCase())).toBe(bech32);
    for (const [network, , address] of VALID.filter(([, kind]) => kind === 'P2SH' || kind.startsWith('a token'))) {
      expect(canonicalAddress(network, address)).toBe(address); // base58 is case-sensitive
    }
  });

  it('of any network is either accepted or refused, for any text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NETWORKS), fc.string({ unit: 'binary', maxLength: 200 }), (network, text) => {
        const problem = addressProblem(network, text);
        if (problem === undefined) expect(canonicalAddress(network, text)).not.toBe('');
      }),
    );
  });
});

it.each(['', 'Bitcoin', 'toString', '__proto__', 'dogecoin', 'ethereum '])('%j is an unknown network', (text) => {
  expect(parseNetwork(text)).toBeUndefined();
});
