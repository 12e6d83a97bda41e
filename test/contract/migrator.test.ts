import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { MigrationError } from 'umzug';
import { describe, expect, it } from 'vitest';
import { dynamoDataVersion } from '../../lib/system/dynamo-data-version.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { LockLost, MigrationRecord } from '../../scripts/migrate/record.ts';
import { Refused } from '../../scripts/migrate/refused.ts';
import { givenADatabase } from '../support/database.ts';
import { Data, filesOf } from '../support/migrations.ts';

const database = await givenADatabase();
const given = () => Data.given(database);

/** Three migrations that record their runs. */
function three() {
  const ran: string[] = [];
  const noting = (name: string) => ({
    up: async () => void ran.push(`up ${name}`),
    down: async () => void ran.push(`down ${name}`),
  });
  return { ran, files: filesOf(noting('1'), noting('2'), noting('3')) };
}

const failing = (message: string) => async () => {
  throw new Error(message);
};

describe('versions', () => {
  it('migrate up one by one, or some, or all, and down again, each recorded', async () => {
    const data = await given();
    const { ran, files } = three();
    expect(await data.record().read()).toEqual({ version: 0, dirty: false });
    expect(await data.runner(files).up(1)).toEqual(['0001-made-up']);
    expect(await data.record().read()).toEqual({ version: 1, dirty: false });
    expect(await data.runner(files).up()).toEqual(['0002-made-up', '0003-made-up']);
    expect(await data.runner(files).up()).toEqual([]);
    expect(await data.runner(files).down()).toEqual(['0003-made-up']);
    expect(await data.record().read()).toEqual({ version: 2, dirty: false });
    expect(await data.runner(files).down(9)).toEqual(['0002-made-up', '0001-made-up']);
    expect(await data.runner(files).down()).toEqual([]);
    expect(await data.record().read()).toEqual({ version: 0, dirty: false });
    expect(ran).toEqual(['up 1', 'up 2', 'up 3', 'down 3', 'down 2', 'down 1']);
  });

  it('are read by the service', async () => {
    const data = await given();
    const found = () => dynamoDataVersion(data.client, data.table('system')).read();
    expect(await found()).toEqual({ version: 0, dirty: false });
    await data.runner(three().files).up(2);
    expect(await found()).toEqual({ version: 2, dirty: false });
  });

  it('unknown to this code are not changed', async () => {
    const data = await given();
    const { ran, files } = three();
    await data.runner(files).up();
    ran.length = 0;
    const older = data.runner(files.slice(0, 2));
    await expect(older.up()).rejects.toThrow(/at version 3, but this code knows versions up to 2/);
    await expect(older.down()).rejects.toThrow(Refused);
    expect(ran).toEqual([]);
    expect(await data.record().read()).toEqual({ version: 3, dirty: false });
  });

  it('cannot be forced without a migration file', async () => {
    const data = await given();
    const runner = data.runner(three().files);
    for (const version of [-1, 4, 1.5, Number.NaN]) {
      await expect(runner.force(version)).rejects.toThrow(Refused);
    }
    expect(await data.record().read()).toEqual({ version: 0, dirty: false });
  });

  it('need a table, which the deployment creates', async () => {
    const data = await given();
    const record = new MigrationRecord(data.client, 'nowhere', Date.now);
    await expect(record.read()).rejects.toThrow(/no table nowhere/);
    await expect(data.runner(three().files, { record }).up()).rejects.toThrow(Refused);
  });
});

describe('a migration that fails', () => {
  it('leaves its target version dirty, and the lock free', async () => {
    const data = await given();
    const files = filesOf({}, { up: failing('the table is away') }, {});
    const failed = data.runner(files).up();
    await expect(failed).rejects.toThrow(MigrationError);
    await expect(failed).rejects.toThrow('the table is away');
    expect(await data.record().read()).toEqual({ version: 2, dirty: true });
  });

  it('blocks all migrations until an operator forces a version', async () => {
    const data = await given();
    const { ran, files } = three();
    await expect(data.runner(filesOf({}, { up: failing('away') }, {})).up()).rejects.toThrow(MigrationError);
    for (const way of ['up', 'down'] as const) {
      await expect(data.runner(files)[way]()).rejects.toThrow(
        /2 is dirty.*force 1 if that was an up, force 3 if it was a down/,
      );
    }
    expect(ran).toEqual([]);
    await data.runner(files).force(1);
    expect(await data.record().read()).toEqual({ version: 1, dirty: false });
    await data.runner(files).up();
    expect(ran).toEqual(['up 2', 'up 3']);
  });

  it('on the way down leaves the version below dirty', async () => {
    const data = await given();
    await data.runner(three().files).up();
    await expect(data.runner(filesOf({}, {}, { down: failing('away') })).down()).rejects.toThrow('away');
    expect(await data.record().read()).toEqual({ version: 2, dirty: true });
  });

  it('stops at the next page when the operator interrupts it', async () => {
    const data = await given();
    let interrupted = false;
    const pages: number[] = [];
    const files = filesOf({
      up: async ({ progress }) => {
        for (let page = 1; page <= 9; page += 1) {
          pages.push(page);
          interrupted = page === 3;
          progress(page);
        }
      },
    });
    await expect(data.runner(files, { interrupted: () => interrupted }).up()).rejects.toThrow('an operator stopped it');
    expect(pages).toEqual([1, 2, 3]);
    expect(await data.record().read()).toEqual({ version: 1, dirty: true });
  });
});

describe('two runners', () => {
  /** A migration that waits in the middle until the test releases it. */
  function held() {
    const middle = new EventTarget();
    const isThere = once(middle, 'there');
    const files = filesOf({
      up: async ({ progress }) => {
        const goOn = once(middle, 'go on');
        middle.dispatchEvent(new Event('there'));
        await goOn;
        progress(1);
      },
    });
    return { files, isThere, goOn: () => middle.dispatchEvent(new Event('go on')) };
  }

  it('at once: the second reports who migrates, and since when', async () => {
    const data = await given();
    const { files, isThere, goOn } = held();
    const first = data.runner(files, { owner: 'ana@laptop' }).up();
    await isThere;
    expect(await data.record().read()).toMatchObject({ version: 1, dirty: true, lock: { owner: 'ana@laptop' } });
    for (const refused of [
      () => data.runner(files).up(),
      () => data.runner(files).down(),
      () => data.runner(files).force(0),
    ]) {
      await expect(refused()).rejects.toThrow(/^ana@laptop has been migrating since 20.*Z\. .* expires in \d+ s/);
    }
    goOn();
    expect(await first).toEqual(['0001-made-up']);
    expect(await data.record().read()).toEqual({ version: 1, dirty: false });
    expect(await data.runner(files).up()).toEqual([]);
  });

  it('only one of many that start at once migrates', async () => {
    const data = await given();
    let runs = 0;
    const files = filesOf({
      up: async () => {
        runs += 1;
        await setTimeout(100);
      },
    });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => data.runner(files).up()));
    expect(runs).toBe(1);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refusals).toHaveLength(7);
    for (const refusal of refusals) expect(refusal).toBeInstanceOf(Refused);
  });

  it('the lock is held as long as its owner lives', async () => {
    const data = await given();
    const { files, isThere, goOn } = held();
    const first = data.runner(files, { leaseMs: 300 }).up();
    await isThere;
    await setTimeout(1_000);
    await expect(data.runner(files).up()).rejects.toThrow(Refused);
    goOn();
    expect(await first).toEqual(['0001-made-up']);
  });

  it('the first writes nothing more after the second has taken its lock', async () => {
    const data = await given();
    const { files, isThere, goOn } = held();
    const first = data.runner(files, { leaseMs: 60_000 }).up();
    await isThere;
    const later = data.record(() => Date.now() + 61_000);
    await data.runner(filesOf({}, {}), { record: later }).force(2);
    goOn();
    await expect(first).rejects.toThrow(LockLost);
    expect(await data.record().read()).toEqual({ version: 2, dirty: false });
  });

  it('the first stops at the next page when it sees this', async () => {
    const data = await given();
    const { files, isThere, goOn } = held();
    const first = data.runner(files, { leaseMs: 600 }).up();
    await isThere;
    const later = data.record(() => Date.now() + 60_000);
    await data.runner(filesOf({}, {}), { record: later }).force(2);
    await setTimeout(500);
    goOn();
    await expect(first).rejects.toThrow('another runner has taken over');
    expect(await data.record().read()).toEqual({ version: 2, dirty: false });
  });
});

it('the files of migrations/ are complete, and each migrates both ways', async () => {
  const files = migrationFiles();
  expect(files.map(({ version }) => version)).toEqual(files.map((_, index) => index + 1));
  for (const file of files) {
    expect(await file.load()).toMatchObject({ up: expect.any(Function), down: expect.any(Function) });
  }
});
