import { Semaphore } from 'es-toolkit';

/** Runs work of which only so much may be under way at once; the rest waits, and goes in the order in which it came. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function turns(atOnce: number): InTurn {
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
