import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { limiter } from '../../lib/kernel/limiter.ts';

describe('limited work', () => {
  it('runs up to the limit at once, and starts in the order of the calls', async () => {
    const limit = limiter(3);
    const begun: number[] = [];
    let underWay = 0;
    const work = (number: number) => async () => {
      begun.push(number);
      underWay += 1;
      expect(underWay).toBeLessThanOrEqual(3);
      await setTimeout(number % 4);
      underWay -= 1;
      return number;
    };
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    expect(await Promise.all(numbers.map((number) => limit(work(number))))).toEqual(numbers);
    expect(begun).toEqual(numbers);
  });

  it('frees its place also when it fails', async () => {
    const limit = limiter(1);
    const failing = limit(() => Promise.reject(new Error('no')));
    const following = limit(async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await following).toBe('done');
  });
});
