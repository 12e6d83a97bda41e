import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fullJitter, wholeSeconds } from '../../lib/kernel/backoff.ts';
import { coalesce } from '../../lib/kernel/coalesce.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { ExactNumber, exactNumber, parseExact } from '../../lib/kernel/exact-json.ts';
import { text, validate } from '../../lib/kernel/fields.ts';
import { KEY_HEADER, keyField, knownOr } from '../../lib/kernel/idempotency.ts';
import { problemsOf } from '../support/problems.ts';

describe('exact JSON', () => {
  it('keeps every digit of a number', () => {
    for (const text of ['0.1', '1e400', '-0', '9007199254740993', '1.50']) {
      expect(parseExact(`{"a":[${text}]}`)).toEqual({ a: [new ExactNumber(text)] });
    }
  });

  it('parses everything else as JSON.parse does', () => {
    const withoutNumbers = fc.jsonValue().filter((value) => !/\d/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(withoutNumbers, (value) => {
        expect(parseExact(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('writes a number with its original digits', () => {
    expect(JSON.stringify({ amount: exactNumber('1500.50') })).toBe('{"amount":1500.50}');
  });
});

describe('backoff', () => {
  const backoff = { baseMs: 200, maxMs: 60_000 };
  const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('doubles the maximum pause each round, up to the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), anyRandom, (round, random) => {
        const pause = fullJitter(backoff, round, () => random);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThan(Math.min(60_000, 200 * 2 ** (round - 1)) + 1);
      }),
    );
  });

  it('uses the whole range with equal probability, from 0 to the longest pause', () => {
    expect(fullJitter(backoff, 3, () => 0)).toBe(0);
    expect(fullJitter(backoff, 3, () => 1 - Number.EPSILON)).toBe(799);
    expect(fullJitter(backoff, 100, () => 0.5)).toBe(30_000);
  });

  it('in whole seconds rounds up or down at random, by the fraction', () => {
    const chances = Array.from({ length: 200 }, (_, index) => (index + 0.5) / 200);
    fc.assert(
      fc.property(fc.nat(900_000), (ms) => {
        const waits = chances.map((random) => wholeSeconds(ms, () => random));
        const below = Math.floor(ms / 1_000) * 1_000;
        expect(waits.filter((wait) => wait !== below && wait !== below + 1_000)).toEqual([]);
        const mean = waits.reduce((a, b) => a + b, 0) / waits.length;
        expect(Math.abs(mean - ms)).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('in whole seconds keeps its mean', () => {
    const steps = Array.from({ length: 1_000 }, (_, index) => wholeSeconds(300, () => index / 1_000));
    expect(steps.reduce((a, b) => a + b, 0) / steps.length).toBeCloseTo(300, 0);
    expect(new Set(steps)).toEqual(new Set([0, 1_000]));
  });
});

describe('coalesced reads', () => {
  it('never return a value that was read before the call', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 20 }), async (scheduler, callers) => {
        let version = 0;
        const read = coalesce(scheduler.scheduleFunction(async (_key: string) => version));
        const someTime = scheduler.scheduleFunction(async () => {});
        const reads = Array.from({ length: callers }, async () => {
          await someTime();
          version += 1;
          const when = version;
          expect(await read('key')).toBeGreaterThanOrEqual(when);
        });
        await scheduler.waitFor(Promise.all(reads));
      }),
    );
  });

  it('cost one read for all callers that wait during another', async () => {
    const reads: (() => void)[] = [];
    const read = coalesce((_key: string) => new Promise<number>((resolve) => reads.push(() => resolve(reads.length))));
    const first = read('a');
    const others = Array.from({ length: 50 }, () => read('a'));
    reads[0]?.();
    await first;
    await Promise.resolve().then(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(reads).toHaveLength(2);
    reads[1]?.();
    await Promise.all(others);
  });

  it('of different keys are independent, and nothing is cached', async () => {
    const reads: string[] = [];
    const read = coalesce(async (key: string) => reads.push(key));
    expect(await Promise.all([read('a'), read('b')])).toEqual([1, 2]);
    expect(await read('a')).toBe(3);
    expect(reads).toEqual(['a', 'b', 'a']);
  });

  it('are at most one per caller, and an old failure is not passed on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        async (scheduler, fails) => {
          let begun = 0;
          const answer = scheduler.scheduleFunction(async (number: number) => number);
          const read = coalesce(async (_key: string) => {
            begun += 1;
            const number = await answer(begun);
            if (fails[number % fails.length]) throw new Error(`${number}`);
            return number;
          });
          const someTime = scheduler.scheduleFunction(async () => {});
          const reads = fails.map(async () => {
            await someTime();
            const before = begun;
            const number = await read('key').catch((error: Error) => Number(error.message));
            expect(number).toBeGreaterThan(before); // the failure of its own read, never of an earlier one
          });
          await scheduler.waitFor(Promise.all(reads));
          expect(begun).toBeLessThanOrEqual(fails.length);
        },
      ),
    );
  });

  it('that fail do not fail later callers', async () => {
    let calls = 0;
    const read = coalesce(async (_key: string) => {
      calls += 1;
      if (calls === 1) throw new Error('down');
      return calls;
    });
    const first = read('a');
    const second = read('a');
    await expect(first).rejects.toThrow('down');
    expect(await second).toBe(2);
  });
});

describe('a text', () => {
  const field = text(4);
  const { pattern, maxLength } = z.toJSONSchema(field);
  const inDocument = new RegExp(pattern ?? '', 'u');

  it.each(['ana', ' a ', '🔑🔑🔑🔑', '\u00a0é', 'a\u2028b'])('is accepted: %j', (given) => {
    expect(field.safeParse(given).success).toBe(true);
    expect([inDocument.test(given), maxLength]).toEqual([true, 4]);
  });

  it.each(['', ' ', '\u00a0\ufeff', '\u3000', 'a\n', '\u0000', '\u0085', 'a\u007f'])(
    'is refused by the service and by the document: %j',
    (given) => {
      expect([field.safeParse(given).success, inDocument.test(given)]).toEqual([false, false]);
    },
  );
});

describe('an idempotency key', () => {
  const inHeader = (header: string | undefined) => problemsOf(() => validate(KEY_HEADER.optional, header));
  const inBody = (key: unknown) => problemsOf(() => validate(keyField, key));

  it('has 1 to 255 characters, in a header and in a body', () => {
    for (const key of ['k', 'k'.repeat(255)]) expect([inHeader(key), inBody(key)]).toEqual([[], []]);
    const inHeaders = { path: '', reason: 'must be 1 to 255 printable ASCII characters' };
    for (const key of ['', '  ', 'k'.repeat(256), 'é', 'a\nb']) expect(inHeader(key)).toEqual([inHeaders]);
    expect(inBody('k'.repeat(256))).toEqual([{ path: '', reason: 'must be at most 255 characters' }]);
    expect([inBody('🔑'.repeat(255)), inBody('🔑'.repeat(256)).length]).toEqual([[], 1]);
  });

  it('may be required', () => {
    expect(inHeader(undefined)).toEqual([]);
    const missing = [{ path: '', reason: 'is required' }];
    expect(problemsOf(() => validate(KEY_HEADER.required, undefined))).toEqual(missing);
  });

  it('returns the resource of an earlier equal request, and refuses a different one', async () => {
    const refusal = new AppError('OUT_OF_STOCK');
    const known = { kind: 'known', resource: 'ord_1' } as const;
    expect(await knownOr(async () => known, refusal)).toBe(known);
    await expect(knownOr(async () => undefined, refusal)).rejects.toBe(refusal);
  });
});
