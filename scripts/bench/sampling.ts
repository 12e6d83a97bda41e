import { setTimeout } from 'node:timers/promises';

const STEP_MS = 100;

/** Repeats a reading until `end`, which returns all that was read. */
export function sampling<Sample>(everyMs: number, read: () => Promise<Sample>) {
  const samples: Sample[] = [];
  let isOver = false;
  const all = (async () => {
    do {
      samples.push(await read());
      for (let waited = 0; waited < everyMs && !isOver; waited += STEP_MS) await setTimeout(STEP_MS);
    } while (!isOver);
  })();
  all.catch(() => {}); // thrown by `end`
  return {
    async end() {
      isOver = true;
      await all;
      return samples;
    },
  };
}
