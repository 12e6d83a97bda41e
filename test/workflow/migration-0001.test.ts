import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { chunkId, chunksOf } from '../../lib/settlement/chunk.ts';
import { dynamoJobs } from '../../lib/settlement/dynamo-jobs.ts';
import type { JobId } from '../../lib/settlement/job.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { Data, type Item, jobItems, migrateDespiteCrash } from '../support/migrations.ts';

const database = await givenADatabase();
const files = migrationFiles().slice(0, 1);

const OLD = [1, 2].flatMap((number) => jobItems(number));
const NEW = [1, 2].flatMap((number) => jobItems(number, { shardsPerChunk: 1 }));
const SEVERAL = jobItems(3, { shardsPerChunk: 4 });

async function given(...items: Item[]): Promise<Data> {
  const data = await Data.given(database);
  await data.put(...items);
  return data;
}

describe('jobs without a stored chunking', () => {
  it('get one by the migration, as do their checkpoints, and lose it by the way back', async () => {
    const data = await given(...OLD, ...SEVERAL);
    await data.runner(files).up();
    expect(await data.items()).toEqual([...NEW, ...SEVERAL]);
    await data.runner(files).down();
    expect(await data.items()).toEqual([...OLD, ...SEVERAL]);
    await data.runner(files).up();
    expect(await data.items()).toEqual([...NEW, ...SEVERAL]);
  });

  it('are migrated also while they wait or run', async () => {
    const data = await given(...jobItems(1, { status: 'RUNNING' }));
    await data.runner(files).up();
    expect(await data.items()).toEqual(jobItems(1, { status: 'RUNNING', shardsPerChunk: 1 }));
  });

  it('are all found, page by page', async () => {
    const days = Array.from({ length: 250 }, (_, index) => new Date(Date.UTC(2025, 0, 1 + index)).toISOString());
    const jobs = days.map((day, index) => jobItems(index, { day: day.slice(0, 10) }).slice(14));
    const data = await given(...jobs.flat());
    const seen: number[] = [];
    await data.runner(files, { progress: (_migration, done) => void seen.push(done) }).up();
    expect(seen).toEqual([100, 200, 250]);
    const items = await data.items();
    expect(items).toHaveLength(750);
    for (const { sk, shards_per_chunk } of items) {
      if (sk === 'JOB') expect(shards_per_chunk).toBe(1);
      else expect(sk).toMatch(/#(\d\d)-\1$/);
    }
  });

  it('keep one checkpoint of a chunk that was settled again during the migration', async () => {
    const [again] = jobItems(1, { shardsPerChunk: 1 });
    const data = await given(...jobItems(1), { ...(again as Item), transactions: 7 });
    await data.runner(files).up();
    const [job, ...checkpoints] = jobItems(1, { shardsPerChunk: 1 }).toReversed();
    expect(await data.items()).toEqual([{ ...again, transactions: 7 }, ...checkpoints.toReversed().slice(1), job]);
  });
});

it('the way back is refused while a job runs, before anything is changed', async () => {
  const items = [...NEW, ...jobItems(3, { status: 'RUNNING', shardsPerChunk: 4 })];
  const data = await given(...items);
  await data.runner(files).force(1);
  await expect(data.runner(files).down()).rejects.toThrow(/unfinished jobs: job_0+3\. Wait until they end/);
  expect(await data.items()).toEqual(items);
});

it('the service reads all jobs correctly before, during and after the migration', async () => {
  const numbers = Array.from({ length: 12 }, (_, index) => index);
  const data = await given(...numbers.flatMap((number) => jobItems(number)));
  const store = dynamoJobs(data.client, data.table('settlements'), 'no-events');
  const ids = numbers.map((number) => jobItems(number)[16]?.id as JobId);
  const readJobs = async () => {
    for (const id of ids) {
      const job = await store.read(id);
      const chunks = new Set((await store.checkpoints(id)).map(({ chunk }) => chunk));
      expect([...chunks].sort()).toEqual(job && chunksOf(job).map(chunkId));
      expect(chunks.size).toBe(16);
    }
  };
  await readJobs();
  let isDone = false;
  const traffic = (async () => {
    let rounds = 0;
    for (; !isDone; rounds += 1) await readJobs();
    return rounds;
  })();
  await data.runner(files).up();
  isDone = true;
  expect(await traffic).toBeGreaterThan(0);
  await readJobs();
});

/** The runner takes the lock and reads the version before it marks it dirty, and gives the lock back afterwards. */
const CLEAN = /: ((Get|Update)ItemCommand( #2)?|UpdateItemCommand #6)$/;

for (const way of ['up', 'down'] as const) {
  const [before, after, from] = way === 'up' ? [OLD, NEW, 0] : [NEW, OLD, 1];
  const few = (items: Item[]) => items.filter(({ sk }) => /JOB|#0[0-3]/.test(sk));

  await crashMatrix(`a migration ${way}`, {
    async play(plan) {
      const data = await given(...few(before));
      await data.runner(files).force(from);
      const { wasDirty } = await migrateDespiteCrash(data, files, way, plan);
      return { data, wasDirty };
    },
    judge: async ({ data, wasDirty }, _undisturbed, crash) => {
      expect(await data.items()).toEqual(few(after));
      expect(wasDirty).toBe(crash !== undefined && !CLEAN.test(crash.name));
    },
  });
}

it('after kill -9 the next runner waits for the lock, finds the version dirty, and repeats the migration', async () => {
  const numbers = Array.from({ length: 150 }, (_, index) => index);
  const data = await given(...numbers.flatMap((number) => jobItems(number).slice(14)));
  const script = join(import.meta.dirname, '../support/migrate-process.ts');
  const tables = [data.table('settlements'), data.table('system')];
  const child = spawn(process.execPath, [script, ...tables], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');

  const left = await data.record().read();
  expect(left).toMatchObject({ version: 1, dirty: true, lock: { owner: 'the one that is killed' } });
  const halfway = await data.items();
  expect(halfway.filter(({ shards_per_chunk }) => shards_per_chunk === 1)).toHaveLength(100);
  await expect(data.runner(files).up()).rejects.toThrow(/^the one that is killed has been migrating since/);
  await setTimeout(1_600);
  await expect(data.runner(files).up()).rejects.toThrow('Version 1 is dirty');
  await data.runner(files).force(0);
  await data.runner(files).up();
  expect(await data.items()).toEqual(numbers.flatMap((number) => jobItems(number, { shardsPerChunk: 1 }).slice(14)));
  expect(await data.record().read()).toEqual({ version: 1, dirty: false });
});
