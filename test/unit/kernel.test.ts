import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullJitter, wholeSeconds } from '../../lib/kernel/backoff.ts';
import { coalesce } from '../../lib/kernel/coalesce.ts';
import { ExactNumber, exactNumber, parseExact } from '../../lib/kernel/exact-json.ts';

describe('exact JSON', () => {
  it('keeps every digit of a number', () => {
    for (const text of ['0.1', '1e400', '-0', '9007199254740993', '1.50']) {
      expect(parseExact(`{"a":[${text}]}`)).toEqual({ a: [new ExactNumber(text)] });
    }
  });

  it('leaves everything else as JSON.parse does', () => {
    const withoutNumbers = fc.jsonValue().filter((value) => !/\d/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(withoutNumbers, (value) => {
        expect(parseExact(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('writes a number as it is told', () => {
    expect(JSON.stringify({ amount: exactNumber('1500.50') })).toBe('{"amount":1500.50}');
  });
});

describe('backoff', () => {
  const backoff = { baseMs: 200, maxMs: 60_000 };
  const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('waits between nothing and twice as long each round, up to the maximum', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), anyRandom, (round, random) => {
        const pause = fullJitter(backoff, round, () => random);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThan(Math.min(60_000, 200 * 2 ** (round - 1)) + 1);
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
  it('never give a value that was read before it was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 20 }), async (scheduler, callers) => {
        let version = 0;
        const read = coalesce(scheduler.scheduleFunction(async (_key: string) => version));
        const ask = scheduler.scheduleFunction(async () => ++version);
        const asked = Array.from({ length: callers }, async () => {
          const when = await ask();
          expect(await read('key')).toBeGreaterThanOrEqual(when);
        });
        await scheduler.waitFor(Promise.all(asked));
      }),
    );
  });

  it('cost one read for all who wait while another is under way', async () => {
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

  it('that fail do not fail those who asked later', async () => {
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
