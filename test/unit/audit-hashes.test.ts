import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashOf, NO_TIP, nextBlock, tipAfter } from '../../lib/audit/block.ts';
import { ChainChecker, problemsOfHead } from '../../lib/audit/check-chain.ts';
import { canonicalJson, leafHash, merkleRoot } from '../../lib/audit/hash.ts';
import { type HeadSigner, isSignedBy, signHead } from '../../lib/audit/head.ts';
import { cloudEvent } from '../../lib/events/index.ts';
import { paymentEvent } from '../support/events-world.ts';

describe('hashes', () => {
  /** The test data of Certificate Transparency, whose tree is that of RFC 6962. */
  const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
  const ROOTS = [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];
  it.each(ROOTS.map((root, index) => [index + 1, root] as const))(
    'of a tree with %d leaves are those of RFC 6962',
    (size, root) => {
      const leaves = INPUTS.slice(0, size).map((hex) =>
        createHash('sha256').update(Buffer.of(0)).update(Buffer.from(hex, 'hex')).digest('hex'),
      );
      expect(merkleRoot(leaves)).toBe(root);
    },
  );

  it('are over canonical JSON', () => {
    // The example of RFC 8785, section 3.2.2.
    const numbers = JSON.parse('[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]');
    expect(canonicalJson({ numbers, literals: [null, true, false] })).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
    expect(leafHash({ b: 1, a: 'é' })).toBe(leafHash({ a: 'é', b: 1 }));
  });

  /** A sealed event keeps its leaf for ever. If this fails, published events have another form: keep the old one for the seals. */
  it('of a known event never change', () => {
    const event = paymentEvent(
      { id: 'payment.completed:pay_1', subject: 'pay_1', requestId: 'r-1' },
      { payment_id: 'pay_1' },
    );
    expect(canonicalJson(cloudEvent(event))).toBe(
      '{"data":{"amount":"1250","currency":"IDR","payment_id":"pay_1","status":"APPROVED","user_id":"ana"},"datacontenttype":"application/json",' +
        '"id":"payment.completed:pay_1","requestid":"r-1","source":"/sluice/wallets","specversion":"1.0","subject":"pay_1",' +
        '"time":"2026-11-20T10:00:00.000Z","type":"payment.completed"}',
    );
    expect(leafHash(cloudEvent(event))).toBe('23a669a6bb4e316efdf1a6b0b3bc20325f99443e5254225655a78f3dea98fb17');
  });

  it('of texts that have no UTF-8 form are refused', () => {
    expect(() => leafHash({ text: '\ud800' })).toThrow('Lone surrogate');
  });
});

describe('a chain', () => {
  const events = (count: number) => Array.from({ length: count }, () => cloudEvent(paymentEvent()));
  const chainOf = (...counts: number[]) => {
    let tip = NO_TIP;
    return counts.map((count, index) => {
      const { header, entries } = nextBlock(tip, events(count), 1_000 * index);
      tip = tipAfter(header);
      return { header, leaves: entries.map(({ hash }) => hash) };
    });
  };
  const problemsOf = (blocks: ReturnType<typeof chainOf>) => {
    const checker = new ChainChecker();
    return blocks.map((block) => checker.next(block));
  };

  it('has no gap, with any sizes of its blocks', () => {
    const blocks = chainOf(1, 7, 2, 64, 3);
    expect(problemsOf(blocks)).toEqual([[], [], [], [], []]);
    expect(blocks.map(({ header }) => header.first)).toEqual([1, 2, 9, 11, 75]);
  });

  it('never goes back in time', () => {
    const [first] = chainOf(1);
    if (!first) throw new Error('there is a block');
    const later = nextBlock({ ...tipAfter(first.header), sealed_at: '2026-11-20T10:00:00.000Z' }, events(1), 0);
    expect(later.header.sealed_at).toBe('2026-11-20T10:00:00.000Z');
  });

  it('is followed past a block that cannot be read', () => {
    const [one, two, three] = chainOf(2, 3, 4) as ReturnType<typeof chainOf> & { length: 3 };
    const checker = new ChainChecker();
    expect(one && checker.next(one)).toEqual([]);
    checker.skip(two ? hashOf(two.header) : '');
    expect(three && checker.next(three)).toEqual([]);
  });
});

describe('a signed head', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  /** Signs as KMS does: ECDSA with SHA-256, in DER form. */
  const signer: HeadSigner = {
    algorithm: 'ECDSA_SHA_256',
    sign: async (message) => sign('sha256', message, pair.privateKey),
    publicKey: async () => pem,
  };
  const tip = { ...NO_TIP, number: 3, hash: 'a'.repeat(64), total: 12, sealed_at: '2026-11-20T10:00:00.000Z' };

  it('of an ECDSA key is verified with its public key', async () => {
    const signed = await signHead(signer, tip);
    expect(isSignedBy(pem, signed)).toBe(true);
    expect(problemsOfHead(signed, tip, pem)).toEqual([]);
  });

  it.each(['number', 'hash', 'total', 'sealed_at', 'algorithm', 'signature'] as const)(
    'is refused with another %s',
    async (name) => {
      const signed = await signHead(signer, tip);
      const others = {
        number: 4,
        hash: 'b'.repeat(64),
        total: 13,
        sealed_at: '2026-11-20T10:00:00.001Z',
        algorithm: 'Ed25519',
        signature: 'AAAA',
      };
      expect(isSignedBy(pem, { ...signed, [name]: others[name] } as typeof signed)).toBe(false);
    },
  );
});
