import { expect, it } from 'vitest';
import { cachedFor } from '../../lib/kernel/cached.ts';

const MS = 5_000;

it('many callers at once share one read, and a change holds after the time', async () => {
  let time = 0;
  let reads = 0;
  const cached = cachedFor(
    MS,
    async () => ++reads,
    () => time,
  );
  expect(await Promise.all([cached(), cached(), cached()])).toEqual([1, 1, 1]);
  time = MS - 1;
  expect(await cached()).toBe(1);
  time = MS;
  expect(await Promise.all([cached(), cached()])).toEqual([2, 2]);
});

it('a read that fails is repeated by the next caller', async () => {
  let reads = 0;
  const read = async () => {
    reads += 1;
    if (reads === 1) throw new Error('throttled');
    return reads;
  };
  const cached = cachedFor(MS, read, () => 0);
  await expect(cached()).rejects.toThrow('throttled');
  expect(await cached()).toBe(2);
});
