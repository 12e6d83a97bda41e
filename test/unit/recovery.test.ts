import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Recovery, RecoveryFailed, runRecovery } from '../../lib/recovery/run-recovery.ts';
import { memoryPositions } from '../support/recovery.ts';

const RESERVE_MS = 10_000;

/** Open items that each take a millisecond of a virtual clock, and the order in which they started. */
function given(howMany: number, fails: (id: string) => boolean = () => false) {
  const open = new Set(Array.from({ length: howMany }, (_, index) => `item-${String(index).padStart(4, '0')}`));
  const state = { now: 0, underWay: 0, mostUnderWay: 0 };
  const begun: string[] = [];
  const recovery: Recovery<string> = {
    name: 'items',
    list: async () => [...open],
    idOf: (id) => id,
    async recover(id, count) {
      begun.push(id);
      state.underWay += 1;
      state.mostUnderWay = Math.max(state.mostUnderWay, state.underWay);
      await setImmediate();
      state.underWay -= 1;
      state.now += 1;
      if (fails(id)) throw new Error('broken');
      open.delete(id);
      count('repaired');
    },
  };
  const deps = { now: () => state.now, positions: memoryPositions() };
  /** Runs with time for about this many items. */
  const run = (items = Number.POSITIVE_INFINITY) => runRecovery(deps, recovery, state.now + items + RESERVE_MS);
  return { open, state, begun, recovery, deps, run };
}

it('recovers all others when the first of 1,000 items always fails, and fails in the end', async () => {
  const { open, run, begun } = given(1_000, (id) => id === 'item-0000');
  const failure = await run().catch((error) => error);
  expect(failure).toBeInstanceOf(RecoveryFailed);
  expect(failure.recovered).toEqual({ found: 1_000, failed: 1, left: 0, done: { repaired: 999 } });
  expect(failure.message).toContain('item-0000: broken');
  expect([...open]).toEqual(['item-0000']);
  expect(begun).toHaveLength(1_000);
});

it('reports the failure of every item, the first few by name', async () => {
  const { run } = given(1_000, () => true);
  const failure = await run().catch((error) => error);
  expect(failure.recovered).toMatchObject({ failed: 1_000, done: {} });
  expect(failure.errors).toHaveLength(1_000);
  expect(failure.message.length).toBeLessThan(500);
});

it.each([
  ['none fails', () => false],
  ['the first always fails', (id: string) => id === 'item-0000'],
  ['every second one always fails', (id: string) => Number(id.slice(-1)) % 2 === 0],
  ['the first 600 always fail', (id: string) => id < 'item-0600'],
  ['all always fail', () => true],
])('reaches every item over the runs when one run has no time for all: %s', async (_name, fails) => {
  const { run, begun } = given(1_000, fails);
  for (let runs = 0; runs < 11; runs += 1) await run(100).catch(() => {});
  expect(new Set(begun).size).toBe(1_000);
});

it('continues after the last item that the previous run started', async () => {
  const { run, begun } = given(100, () => true);
  await run(25).catch(() => {});
  const first = begun.length;
  const failure = await run(25).catch((error) => error);
  expect(begun.slice(first, first + 25).sort()).toEqual(
    Array.from({ length: 25 }, (_, index) => `item-${String(first + index).padStart(4, '0')}`),
  );
  expect(failure.recovered.left).toBe(100 - failure.recovered.failed);
});

it('reaches the other items although some never end', async () => {
  const { recovery, deps, begun } = given(100);
  const hangs = (id: string) => id < 'item-0010';
  const stuck: Recovery<string> = {
    ...recovery,
    recover: (id, ...rest) => (hangs(id) ? new Promise(() => {}) : recovery.recover(id, ...rest)),
  };
  void runRecovery(deps, stuck, Number.POSITIVE_INFINITY); // Lambda ends it
  await setTimeout(50);
  expect(begun).toEqual([]);
  void runRecovery(deps, stuck, Number.POSITIVE_INFINITY);
  await setTimeout(50);
  expect(begun).toHaveLength(90);
});

it('recovers every item when two runs overlap', async () => {
  const { run, open, recovery, deps, state } = given(500);
  const ended = await Promise.all([run(), run()]);
  expect(open.size).toBe(0);
  expect(ended.map(({ failed, left }) => failed + left)).toEqual([0, 0]);
  expect(await runRecovery(deps, recovery, state.now)).toEqual({ found: 0, failed: 0, left: 0, done: {} });
});

it('recovers ten items at once, or as many as the recovery allows', async () => {
  const { run, state } = given(100);
  await run();
  expect(state.mostUnderWay).toBe(10);
  const { recovery, deps, state: other } = given(100);
  await runRecovery(deps, { ...recovery, concurrency: 3 }, Number.POSITIVE_INFINITY);
  expect(other.mostUnderWay).toBe(3);
});

it('starts nothing once its time is over, and reports the remaining items', async () => {
  const { recovery, deps, begun } = given(30);
  const grouped = { ...recovery, sizeOf: () => 10 };
  expect(await runRecovery(deps, grouped, RESERVE_MS)).toEqual({ found: 300, failed: 0, left: 300, done: {} });
  expect(begun).toEqual([]);
});

it('recovers all items when the position cannot be read, and fails in the end', async () => {
  const { recovery, open } = given(100);
  const positions = {
    read: () => Promise.reject(new Error('throttled')),
    write: () => Promise.reject(new Error('throttled')),
  };
  await expect(runRecovery({ now: () => 0, positions }, recovery, Number.POSITIVE_INFINITY)).rejects.toThrow(
    'position: throttled',
  );
  expect(open.size).toBe(0);
});

it('publishes the numbers of a run that has found something', async () => {
  const published: unknown[] = [];
  let now = 0;
  const deps = { now: () => now, publishMetrics: (...given: unknown[]) => void published.push(given) };
  const recovery: Recovery<string> = {
    name: 'things',
    list: async () => ['a', 'b', 'c'],
    idOf: (item) => item,
    concurrency: 1,
    async recover(_item, count) {
      now += 3_000;
      count('sent', 2);
    },
  };
  await runRecovery(deps, { ...recovery, list: async () => [] }, 15_000);
  expect(published).toEqual([]);
  await runRecovery(deps, recovery, 15_000);
  const count = (value: number) => ({ unit: 'Count', value });
  const duration = { unit: 'Milliseconds', value: 6_000 };
  expect(published).toEqual([
    [
      { Found: count(3), Recovered: count(4), Failed: count(0), Left: count(1), Duration: duration },
      { recovery: 'things' },
    ],
  ]);
});
