import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CrashPlan, Process } from '../support/crash.ts';

type Deps = Record<'read' | 'store' | 'send' | 'fail', () => Promise<void>>;

const DEPS: Deps = {
  read: () => setTimeout(1),
  store: () => setTimeout(1),
  send: () => setTimeout(1),
  fail: () => Promise.reject(new Error('no')),
};

/** The deaths that a matrix plays of these works, each of which is one run of the process of its role. */
async function deathsOf(...works: readonly ((deps: Deps, plan: CrashPlan) => Promise<unknown>)[]): Promise<string[]> {
  const plan = new CrashPlan();
  plan.arm();
  const process = new Process(DEPS, 'worker', [plan]);
  for (const work of works) await process.run((deps) => work(deps, plan));
  return plan.deaths().map(({ moment, name }) => `${moment} ${name}`);
}

it('a process dies before each await, and after the last one', async () => {
  const deaths = await deathsOf(async ({ read, store, send }) => {
    await read();
    await store();
    await send();
    await store();
  });
  expect(deaths).toEqual([
    'before worker: read',
    'before worker: store',
    'before worker: send',
    'before worker: store #2',
    'after worker: store #2',
  ]);
});

it('a process dies after an await that fails, unless the next one follows', async () => {
  const deaths = await deathsOf(async ({ fail, store }) => {
    await fail().catch(store);
    await fail();
  });
  expect(deaths).toEqual([
    'before worker: fail',
    'before worker: store',
    'before worker: fail #2',
    'after worker: fail #2',
  ]);
});

it('a process dies after the last await of each run', async () => {
  const deaths = await deathsOf(
    ({ send }) => send(),
    ({ store }) => store(),
  );
  expect(deaths).toEqual(['before worker: send', 'after worker: send', 'before worker: store', 'after worker: store']);
});

it('a process dies after each await that overlaps another one', async () => {
  const deaths = await deathsOf(async ({ read, store, send }) => {
    await read();
    await Promise.all([store(), send()]);
    await read();
  });
  expect(deaths).toEqual([
    'before worker: read',
    'before worker: store',
    'after worker: store',
    'before worker: send',
    'before worker: read #2',
    'after worker: read #2',
  ]);
});

it('what other processes do between two awaits changes nothing', async () => {
  const plan = new CrashPlan();
  plan.arm();
  const [one, two] = ['one', 'two'].map((role) => new Process(DEPS, role, [plan]));
  await one?.run(async ({ store, send }) => {
    await store();
    await two?.run(({ read }) => read());
    await send();
  });
  expect(plan.deaths().map(({ moment, name }) => `${moment} ${name}`)).toEqual([
    'before one: store',
    'before two: read',
    'after two: read',
    'before one: send',
    'after one: send',
  ]);
});

it('a process dies after an await if the test acts before its next one', async () => {
  const deaths = await deathsOf(async ({ store, send }, plan) => {
    await store();
    plan.interrupt();
    await send();
  });
  expect(deaths).toEqual(['before worker: store', 'after worker: store', 'before worker: send', 'after worker: send']);
});

it('an await that began before the matrix did still overlaps', async () => {
  const plan = new CrashPlan();
  const slow = { ...DEPS, send: () => setTimeout(20) };
  await new Process(slow, 'worker', [plan]).run(async ({ read, store, send }) => {
    const sent = send();
    await setTimeout(1);
    plan.arm();
    await read();
    await store();
    await sent;
  });
  expect(plan.deaths().map(({ moment }) => moment)).toEqual(['before', 'after', 'before', 'after']);
});
