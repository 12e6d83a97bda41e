import { Semaphore } from 'es-toolkit';

/** Runs work of which only so much may be under way at once; the rest waits, and goes in the order in which it came. */
export type Limiter = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function limiter(atOnce: number): Limiter {
  const permits = new Semaphore(atOnce);
  return async (work) => {
    await permits.acquire();
    try {
      return await work();
    } finally {
      permits.release();
    }
  };
}

/** The same per key: work on one thing goes one after the other, work on another does not wait for it. */
export function limiterPerKey<Key>(): (key: Key) => Limiter {
  const lines = new Map<Key, { readonly limit: Limiter; waiting: number }>();
  return (key) => async (work) => {
    const line = lines.get(key) ?? { limit: limiter(1), waiting: 0 };
    lines.set(key, line);
    line.waiting += 1;
    try {
      return await line.limit(work);
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) lines.delete(key);
    }
  };
}
