import { Semaphore } from 'es-toolkit';

/** Runs work with limited concurrency. Waiting work starts in the order of the calls. */
export type Limiter = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function limiter(concurrency: number): Limiter {
  const permits = new Semaphore(concurrency);
  return async (work) => {
    await permits.acquire();
    try {
      return await work();
    } finally {
      permits.release();
    }
  };
}

/** One limiter for each key: work with the same key runs one after the other. */
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
