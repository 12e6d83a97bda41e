import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacWith } from '../../lib/crypto/blind-index.ts';
import { openerOf, sealerOf, versionOf } from '../../lib/crypto/cipher.ts';
import { KeyRing, PUBLISH_MS, REFRESH_MS } from '../../lib/crypto/key-ring.ts';
import type { DataKeyStore, KeyWrapper, WrappedKey } from '../../lib/crypto/ports.ts';

const newKey = () => createSecretKey(randomBytes(32));
const [first, second] = [newKey(), newKey()];
const AT = { pk: 'BATCH#b#0001', sk: 'PAYOUT#000001', attribute: 'instruction' };
const ACCOUNT = 'ID012345678901237823';
const keys = new Map([
  [1, first],
  [2, second],
]);
const opener = openerOf('payouts', keys);

describe('an encrypted field', () => {
  it('is decrypted to the same text, and does not contain it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.constantFrom(1, 2), (plain, version) => {
        const sealed = sealerOf('payouts', [version, version === 1 ? first : second]).seal(plain, AT);
        expect(versionOf(sealed)).toBe(version);
        expect(opener.open(sealed, AT)).toBe(plain);
      }),
    );
    expect(sealerOf('payouts', [1, first]).seal(ACCOUNT, AT)).not.toContain(ACCOUNT.slice(0, 4));
  });

  it('differs each time', () => {
    const sealer = sealerOf('payouts', [1, first]);
    expect(sealer.seal(ACCOUNT, AT)).not.toBe(sealer.seal(ACCOUNT, AT));
  });

  it.each([
    ['another item', 'payouts', { ...AT, sk: 'PAYOUT#000002' }],
    ['another partition', 'payouts', { ...AT, pk: 'BATCH#c#0001' }],
    ['another attribute', 'payouts', { ...AT, attribute: 'failure' }],
    ['another table', 'withdrawals', AT],
  ] as const)('cannot be decrypted in %s', (_where, table, at) => {
    const sealed = sealerOf('payouts', [1, first]).seal(ACCOUNT, AT);
    expect(() => openerOf(table, keys).open(sealed, at)).toThrow('it was changed, or belongs to another item');
  });

  it('cannot be decrypted after any change of a character', () => {
    const sealed = sealerOf('payouts', [1, first]).seal(ACCOUNT, AT);
    for (let at = 'enc:1:'.length; at < sealed.length; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      // The last character has unused bits.
      if (Buffer.from(changed.slice(6), 'base64url').equals(Buffer.from(sealed.slice(6), 'base64url'))) continue;
      expect(() => opener.open(changed, AT)).toThrow('cannot be decrypted');
    }
  });

  it('names its place in an error, and no value', () => {
    const sealed = sealerOf('payouts', [3, newKey()]).seal(ACCOUNT, AT);
    const problem = 'instruction cannot be decrypted: there is no version 3 of the key of payouts';
    expect(() => opener.open(sealed, AT)).toThrow(`BATCH#b#0001 PAYOUT#000001: ${problem}`);
    expect(() => opener.open('enc:1:AAAA', AT)).toThrow('it is too short');
  });

  it('is read in plain if an earlier version stored it', () => {
    expect(opener.open('ID****7823', AT)).toBe('ID****7823');
  });
});

it('keyed digests differ by key and by kind', () => {
  const hmacOf = hmacWith(first);
  expect(hmacOf('account', ACCOUNT)).toBe(hmacOf('account', ACCOUNT));
  const others = [hmacOf('address', ACCOUNT), hmacOf('account', `${ACCOUNT}1`), hmacWith(second)('account', ACCOUNT)];
  expect(new Set([hmacOf('account', ACCOUNT), ...others]).size).toBe(4);
});

/** Wraps by adding one to each byte, and counts. */
class CountingWrapper implements KeyWrapper {
  unwrapped = 0;
  generate = async () => {
    const plain = randomBytes(32);
    return { plain, wrapped: plain.map((byte) => byte + 1) };
  };
  unwrap = async (wrapped: Uint8Array) => {
    this.unwrapped += 1;
    return wrapped.map((byte) => byte - 1);
  };
}

/** Keys that all processes of a test share. */
class SharedKeys implements DataKeyStore {
  listed = 0;
  readonly #keys: WrappedKey[] = [];
  /** How long an answer takes after the keys were read. */
  answersAfter: () => Promise<void> = async () => {};
  list = async () => {
    this.listed += 1;
    const keys = [...this.#keys];
    await this.answersAfter();
    return keys;
  };
  add = async (_purpose: string, key: WrappedKey) => {
    if (this.#keys.some(({ version }) => version === key.version)) return false;
    this.#keys.push(key);
    return true;
  };
}

describe('the data keys of a process', () => {
  let now = 1_000_000;
  const shared = () => ({ keys: new SharedKeys(), wrapper: new CountingWrapper(), now: () => now });

  it('are one, also if many processes use them for the first time at once', async () => {
    const deps = shared();
    const rings = Array.from({ length: 5 }, () => new KeyRing(deps, 'payouts'));
    const found = await Promise.all(rings.map((ring) => ring.current()));
    for (const [version, key] of found) {
      expect(version).toBe(1);
      expect(key.equals(found[0]?.[1] ?? first)).toBe(true);
    }
  });

  it('can be used for the first time while a list that was read before is on its way', async () => {
    const deps = shared();
    const ring = new KeyRing(deps, 'payouts');
    const { promise, resolve: answer } = Promise.withResolvers<void>();
    const generate = deps.wrapper.generate;
    let reading: Promise<unknown> = Promise.resolve();
    deps.wrapper.generate = async () => {
      deps.keys.answersAfter = () => promise;
      reading = ring.all(); // lists the keys before the first one is stored
      return generate();
    };
    const using = ring.current();
    setImmediate(() => {
      deps.keys.answersAfter = async () => {};
      answer();
    });
    expect((await using)[0]).toBe(1);
    await reading;
  });

  it('are read once a minute, and unwrapped once', async () => {
    const deps = shared();
    const ring = new KeyRing(deps, 'payouts');
    await ring.current();
    const { listed } = deps.keys;
    await Promise.all(Array.from({ length: 10 }, () => ring.current()));
    now += REFRESH_MS - 1;
    await ring.all();
    expect(deps.keys.listed).toBe(listed);
    now += 1;
    await Promise.all(Array.from({ length: 10 }, () => ring.all()));
    expect(deps.keys.listed).toBe(listed + 1);
    expect(deps.wrapper.unwrapped).toBe(1);
  });

  it('do not exist because something was read', async () => {
    const ring = new KeyRing(shared(), 'payouts');
    expect((await ring.all()).size).toBe(0);
  });

  it('encrypt with a new version only when every process can decrypt it', async () => {
    const deps = shared();
    const [writer, reader] = [new KeyRing(deps, 'payouts'), new KeyRing(deps, 'payouts')];
    await writer.current();
    await reader.all();
    const began = now;
    const { version, usableFrom } = await writer.addVersion();
    expect([version, usableFrom]).toEqual([2, began + PUBLISH_MS]);
    for (; now < usableFrom; now += 10_000) {
      expect((await writer.current())[0]).toBe(1);
      await reader.all();
    }
    expect((await writer.current())[0]).toBe(2);
    expect([...(await reader.all()).keys()]).toEqual([1, 2]);
  });
});
