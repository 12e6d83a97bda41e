import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../lib/kernel/bounded-map.ts';

describe('a bounded map', () => {
  it('replaces its oldest key when it is full, and keeps the others', () => {
    const map = new BoundedMap<string, number>(2).set('a', 1).set('b', 2).set('a', 3);
    expect([...map]).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    expect([...map.set('c', 4)]).toEqual([
      ['b', 2],
      ['c', 4],
    ]);
  });
});
