import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { handler as recoverImports } from '../../functions/imports/recover-imports.ts';
import { handler as measure } from '../../functions/recovery/measure.ts';
import { s3Client, sqsClient } from '../../lib/aws/clients.ts';
import { containerOf, inContainer, type World as Outside } from '../../lib/container.ts';
import { circuitStore } from '../../lib/dependencies/rails.ts';
import { settlementDeps } from '../../lib/dependencies/settlement.ts';
import { dynamoImports } from '../../lib/imports/dynamo.ts';
import { BEGINNING, importId } from '../../lib/imports/import.ts';
import { machine } from '../../lib/runtime.ts';
import { settleYesterday } from '../../lib/settlement/settle-yesterday.ts';
import { AGES, type Age, ageMetric } from '../../lib/system/ages.ts';
import { type Datapoint, datapointsIn, stateOf } from '../support/alarms.ts';
import type { CompiledStack, Resource } from '../support/compiled-stack.ts';
import { type Database, documentClient, type Table } from '../support/database.ts';
import { paymentEvent } from '../support/events-world.ts';
import { logLines } from '../support/log-lines.ts';
import { inWorld, pass, requestFor } from '../support/scenario.ts';
import { SECRETS } from '../support/secrets.ts';
import { type Settings, settings } from '../support/settings.ts';
import { WalletsWorld } from '../support/wallets-world.ts';
import { WebhooksWorld } from '../support/webhooks-world.ts';
import { WithdrawalsWorld } from '../support/withdrawals-world.ts';

const MINUTE_MS = 60_000;
const TABLES = [
  ...(['PAYOUTS_TABLE', 'WITHDRAWALS_TABLE', 'WALLETS_TABLE', 'TRANSACTIONS_TABLE', 'EVENTS_TABLE'] as const),
  ...(['WEBHOOKS_TABLE', 'SYSTEM_TABLE', 'SETTLEMENTS_TABLE'] as const),
] satisfies Table[];

/** `since`: epoch milliseconds; the oldest work is as old as that. `wait` lets virtual time pass in the world that has it. */
type Stuck = { readonly tables: Settings; readonly since: number; readonly wait?: (ms: number) => Promise<unknown> };

/**
 * Each alarm on an age is provoked: work is left as it is in the emulators, the function measure runs, and what it prints is compared
 * with the definition of the alarm.
 */
export function describeAges(stack: () => CompiledStack, database: Database): void {
  const dynamo = documentClient();
  let empty: Settings;
  beforeAll(async () => {
    empty = await database.newTables(...TABLES);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const alarmOf = (age: Age) => stack().resources[`${ageMetric(age)}Alarm`] as Resource;
  const evaluationMs = (age: Age) => alarmOf(age).Properties.EvaluationPeriods * alarmOf(age).Properties.Period * 1_000;

  /** Runs a function as Lambda would. */
  async function run(
    tables: Settings,
    at: number,
    handler: typeof recoverImports | typeof measure = measure,
  ): Promise<{ points: Datapoint[]; failure?: Error }> {
    const lines = logLines();
    const outside = {
      settings: () => ({ ...settings({ ...empty, ...tables }), STAGE: 'prod' }),
      dynamo: () => dynamo,
      secrets: () => SECRETS,
      queues: sqsClient,
      objects: s3Client,
    } as Partial<Outside> as Outside;
    const container = containerOf(outside, { ...machine, now: () => at });
    const context = { awsRequestId: 'run', functionName: 'sluice-prod-measure' } as Context;
    const failure = await inContainer(container, async () => handler({}, context)).then(
      () => undefined,
      (error: Error) => error,
    );
    const points = datapointsIn(lines.all, at);
    vi.restoreAllMocks();
    return { points, ...(failure ? { failure } : {}) };
  }

  /** All days before are settled, and no work is open. */
  async function settled(now: number): Promise<Settings> {
    const tables = await database.newTables('SETTLEMENTS_TABLE');
    await settle(tables, now, 'COMPLETED');
    return tables;
  }

  async function settle(tables: Settings, now: number, to: 'COMPLETED' | 'FAILED'): Promise<void> {
    const workflow = { start: async () => {}, state: async () => 'running' as const };
    const outside = { dynamo, workflow, objects: undefined as never };
    const events = await database.newTables('EVENTS_TABLE');
    const deps = {
      ...settlementDeps(settings({ ...tables, ...events }), outside),
      now: () => now,
      newId: randomUUID,
    };
    await settleYesterday(deps);
    for (const id of await deps.jobs.listOpen()) {
      await deps.jobs.move(id, 'RUNNING', { event: paymentEvent() });
      await deps.jobs.move(id, to, { event: paymentEvent() });
    }
  }

  /** The alarms that CloudWatch would have. */
  const alarmsOn = (points: readonly Datapoint[], now: number) =>
    AGES.filter((age) => stateOf(alarmOf(age), points, now) === 'ALARM');

  /** Runs at each minute of an evaluation that ends at `until`. What is measured every minute of hours is measured at its ends. */
  async function runsUntil(tables: Settings, until: number, wait?: Stuck['wait']): Promise<Datapoint[]> {
    const points: Datapoint[] = [];
    for (let left = 4; left >= 0; left -= 1) {
      const one = await run(tables, until - left * MINUTE_MS);
      if (one.failure) throw one.failure;
      points.push(...one.points);
      if (left > 0) await wait?.(MINUTE_MS);
    }
    return points;
  }

  /** @param also alarms on the same work */
  async function provokes(age: Age, { tables, since, wait }: Stuck, also: readonly Age[] = []): Promise<void> {
    const limitMs = alarmOf(age).Properties.Threshold * 1_000;
    const all = { ...(await settled(since + limitMs)), ...tables };
    const [before, after] = [since + limitMs - MINUTE_MS, since + limitMs + evaluationMs(age)];
    await wait?.(limitMs - MINUTE_MS);
    const young = await runsUntil(all, before);
    expect(alarmsOn(young, before), 'before').not.toContain(age);
    const of = (points: readonly Datapoint[], at: number) =>
      points.find((point) => point.name === ageMetric(age) && point.at === at)?.value;
    expect(of(young, before)).toBe(limitMs / 1_000 - 60);
    await wait?.(MINUTE_MS + evaluationMs(age) - 4 * MINUTE_MS);
    const old = await runsUntil(all, after, wait);
    expect(alarmsOn(old, after)).toEqual(AGES.filter((each) => each === age || also.includes(each)));
  }

  const tablesOf = (given: Record<string, unknown>, ...names: Table[]) =>
    Object.fromEntries(names.map((name) => [name, given[name]])) as Settings;

  it('is silent where nothing is stuck', async () => {
    const now = Date.UTC(2026, 10, 20, 12);
    const points = await runsUntil(await settled(now), now);
    expect(alarmsOn(points, now)).toEqual([]);
    const names = [...AGES.map(ageMetric), 'PayoutsOpen', 'PayoutsUnknown', 'PayoutsCompleted', 'PayoutsFailed'];
    expect(points.map(({ name, value }) => [name, value]).slice(0, names.length)).toEqual(
      expect.arrayContaining(names.map((name) => [name, 0])),
    );
    expect(points).toHaveLength(5 * names.length);
  });

  it('unknown payouts, while workers look them up again and again', () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 5 } }, async (world, client) => {
      await world.setBank({ mode: 'garbage', lookups: 'down' });
      await client.create(requestFor(3));
      await world.clock.sleep(5_000);
      const since = Date.parse((await world.deps.index.oldest('unknown')) ?? '');
      await world.clock.sleep(since + 10_000 - world.clock.now());
      const wait = (ms: number) => pass(world, ms);
      await provokes('unknown_payouts', { tables: tablesOf(world.settings, 'PAYOUTS_TABLE'), since, wait });
    }));

  it('a chunk without a worker', () =>
    inWorld(database, { workers: 0 }, async (world, client) => {
      await client.create(requestFor(4));
      const since = world.clock.now();
      await provokes('chunks', { tables: tablesOf(world.settings, 'PAYOUTS_TABLE'), since });
    }));

  it('a withdrawal without a worker, and its event', () =>
    WithdrawalsWorld.playing(database, { workers: 0 }, async (world) => {
      await world.furnish(100);
      const { dueAt, createdAt } = await world.withdraw(10);
      await provokes('withdrawals', { tables: tablesOf(world.settings, 'WITHDRAWALS_TABLE'), since: dueAt });
      const events = { tables: tablesOf(world.settings, 'EVENTS_TABLE'), since: Date.parse(createdAt) };
      await provokes('events', events);
    }));

  it('a withdrawal whose outcome is unknown, while workers look it up again and again', () =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      await world.furnish(100);
      world.behave({ mode: 'garbage', lookups: 'down' });
      const { createdAt } = await world.withdraw(10);
      const since = Date.parse(createdAt);
      const wait = (ms: number) => pass(world, ms);
      await provokes('unknown_withdrawals', { tables: tablesOf(world.settings, 'WITHDRAWALS_TABLE'), since, wait });
    }));

  it('a pending payment', async () => {
    const world = await WalletsWorld.open(database);
    await world.furnish();
    await world.behave({ mode: 'garbage', lookups: 'down' });
    await world.pay(10).catch(() => {});
    const [since = Number.NaN] = (await world.books()).payments.flatMap((payment) =>
      payment.status === 'PENDING' ? [payment.workedOnUntil] : [],
    );
    await provokes('payments', { tables: tablesOf(world.settings, 'WALLETS_TABLE'), since });
    await world.stop();
  });

  it('a running import', async () => {
    const tables = await database.newTables('TRANSACTIONS_TABLE', 'EVENTS_TABLE');
    const imports = dynamoImports(dynamo, tables.TRANSACTIONS_TABLE, tables.EVENTS_TABLE);
    const since = Date.UTC(2026, 10, 20, 12);
    await givenAnImport(imports, since);
    await provokes('imports', { tables: tablesOf(tables, 'TRANSACTIONS_TABLE'), since });
  });

  it('numbers of a sweeper, also if it fails, and none where it finds nothing', async () => {
    const tables = await database.newTables('TRANSACTIONS_TABLE', 'EVENTS_TABLE', 'SYSTEM_TABLE');
    const imports = dynamoImports(dynamo, tables.TRANSACTIONS_TABLE, tables.EVENTS_TABLE);
    const now = Date.UTC(2026, 10, 20, 12);
    expect(await run(tables, now, recoverImports)).toEqual({ points: [] });
    await givenAnImport(imports, now);
    const { points, failure } = await run(tables, now + 3_600_000, recoverImports); // there is no queue
    expect(failure?.name).toBe('RecoveryFailed');
    expect(points.map(({ name, value }) => [name, value])).toEqual([
      ...[
        ['Found', 1],
        ['Recovered', 0],
        ['Failed', 1],
        ['Left', 0],
      ],
      ['Duration', expect.any(Number)],
    ]);
    for (const { namespace, dimensions } of points)
      expect([namespace, dimensions]).toEqual(['sluice-prod', { service: 'sluice', recovery: 'imports' }]);
  });

  it('a delivery of a webhook without a worker', async () => {
    const world = await WebhooksWorld.open(database, { workers: 0 });
    await world.during(() =>
      world.play(async () => {
        await world.endpoint('shop');
        await world.publish(await world.happen(1));
        const [endpoint] = await world.deps.endpoints.all();
        const { items } = await world.deps.deliveries.list(endpoint?.id as never, { limit: 10, cursor: undefined });
        const since = Date.parse(items[0]?.at ?? '');
        await provokes('webhook_deliveries', { tables: tablesOf(world.tables, 'WEBHOOKS_TABLE'), since });
      }),
    );
  });

  it('an open circuit', async () => {
    const tables = await database.newTables('SYSTEM_TABLE');
    const circuits = circuitStore(settings(tables), { dynamo });
    const since = Date.UTC(2026, 10, 20, 12);
    await circuits.addFailures('chain', 50, since);
    let state = await circuits.open('chain', since, since);
    const test = async (ms: number) => {
      const [now, nextAt] = [state.changedAt + ms, (state.testAt ?? since) + ms + 1_000];
      await circuits.takeTest(state, now, nextAt);
      state = { ...state, changedAt: now, testAt: nextAt };
    };
    await provokes('open_circuits', { tables, since, wait: test });
  });

  it.each(['COMPLETED', 'FAILED'] as const)(
    'a day without a job, when the jobs of the days before are %s',
    async (to) => {
      const midnight = Date.UTC(2026, 10, 20);
      const tables = await database.newTables('SETTLEMENTS_TABLE');
      await settle(tables, midnight - 12 * 3_600_000, to);
      const since = to === 'COMPLETED' ? midnight : midnight - 6 * 24 * 3_600_000;
      const limitMs = alarmOf('unsettled_days').Properties.Threshold * 1_000;
      const now = midnight + limitMs + MINUTE_MS;
      const { points } = await run(tables, now);
      const age = points.find(({ name }) => name === 'UnsettledDaysAge');
      expect(age?.value).toBe((now - since) / 1_000);
      const minutes = Array.from({ length: 75 }, (_, index) => ({ ...age, at: now - index * MINUTE_MS }) as Datapoint);
      expect(stateOf(alarmOf('unsettled_days'), minutes, now)).toBe('ALARM');
      expect(stateOf(alarmOf('unsettled_days'), [{ ...age, value: 0 } as Datapoint, ...minutes.slice(1)], now)).toBe(
        'OK',
      );
    },
  );

  it('says what it cannot read, and counts it as too old', async () => {
    const now = Date.UTC(2026, 10, 20, 12);
    const tables = { ...(await settled(now)), WALLETS_TABLE: 'gone' };
    const points: Datapoint[] = [];
    for (let left = 4; left >= 0; left -= 1) {
      const one = await run(tables, now - left * MINUTE_MS);
      expect(one.failure?.message).toMatch(/^not measured: payments: ResourceNotFoundException/);
      points.push(...one.points);
    }
    expect(points.length).toBeGreaterThan(5);
    expect(alarmsOn(points, now)).toEqual(['payments']);
    expect(alarmsOn(points.slice(0, -20), now)).toEqual(['payments']);
    expect(alarmsOn([], now)).toEqual([...AGES]);
  });
}

/** One that has begun. */
async function givenAnImport(imports: ReturnType<typeof dynamoImports>, touchedAt: number): Promise<void> {
  const id = importId('00000000-0000-4000-8000-000000000000');
  const begun = { format: 'csv', createdAt: new Date(touchedAt).toISOString(), touchedAt } as const;
  await imports.insert({ id, status: 'AWAITING_UPLOAD', ...begun, checkpoint: BEGINNING }, paymentEvent());
  await imports.move(id, 'RUNNING', { touchedAt }, { event: paymentEvent(), isOpen: true });
}
