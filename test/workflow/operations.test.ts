import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { operationsDeps } from '../../lib/dependencies/system.ts';
import { dynamoImports } from '../../lib/imports/dynamo.ts';
import { BEGINNING, importId } from '../../lib/imports/import.ts';
import { SEND_WAIT_MS } from '../../lib/rail/dynamo-circuits.ts';
import { recordDeadLetter } from '../../lib/recovery/index.ts';
import { machine } from '../../lib/runtime.ts';
import { operationsAnswer } from '../../lib/system/answers.ts';
import { readOperations } from '../../lib/system/read-operations.ts';
import { operationsView } from '../../lib/system/view.ts';
import { deadWithdrawals } from '../../lib/withdrawals/dead-withdrawals.ts';
import { documentClient, givenAStack } from '../support/database.ts';
import { paymentEvent } from '../support/events-world.ts';
import { between } from '../support/faults.ts';
import { SealWorld } from '../support/seal-world.ts';
import { SECRETS } from '../support/secrets.ts';
import { type Settings, settings } from '../support/settings.ts';
import { WalletsWorld } from '../support/wallets-world.ts';
import { WebhooksWorld } from '../support/webhooks-world.ts';
import { WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenAStack();
const dynamo = documentClient();
const EMPTY = await database.newTables(
  ...(['PAYOUTS_TABLE', 'WITHDRAWALS_TABLE', 'WALLETS_TABLE', 'TRANSACTIONS_TABLE', 'EVENTS_TABLE'] as const),
  ...(['WEBHOOKS_TABLE', 'SYSTEM_TABLE', 'SEALS_TABLE'] as const),
);

/** What GET /overview answers, with these tables and otherwise empty ones. */
async function overview(tables: Settings, now: () => number, client = dynamo) {
  const outside = { dynamo: client, secrets: SECRETS };
  const deps = operationsDeps(settings({ ...EMPTY, ...tables }), outside, { ...machine, now });
  return operationsAnswer.parse(operationsView(await readOperations(deps)));
}

const tablesOf = ({ WITHDRAWALS_TABLE, WALLETS_TABLE, EVENTS_TABLE }: Record<string, unknown>) =>
  ({ WITHDRAWALS_TABLE, WALLETS_TABLE, EVENTS_TABLE }) as Settings;
const later = (now: number, ms: number) => () => now + ms;

describe.concurrent('the overview of operations', () => {
  it('is empty where nothing waits', async () => {
    const { circuits, oldest_due, dead_letters } = await overview({}, Date.now);
    expect(circuits.map(({ rail, state }) => [rail, state])).toEqual([
      ['bank', 'closed'],
      ['gateway', 'closed'],
      ['chain', 'closed'],
    ]);
    expect(Object.values(oldest_due)).toEqual([null, null, null, null, null]);
    expect(Object.values(dead_letters)).toEqual(Array(3).fill({ count: 0, is_whole: true }));
  });

  it('waits for a table that is slow, longer than a send waits for the circuit', async () => {
    // The SDK's own connection: that of other tests has no deadlines.
    const endpoint = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '';
    const slow = between(DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint })), async (_command, pass) => {
      await setTimeout(SEND_WAIT_MS + 200);
      return pass();
    });
    expect((await overview({}, Date.now, slow)).circuits).toHaveLength(3);
    slow.destroy();
  });

  it('has the oldest withdrawal that is due, its event, and those that are dead letters instead', () =>
    WithdrawalsWorld.playing(database, { workers: 0 }, async (world) => {
      await world.furnish(100);
      const { id, version, createdAt, dueAt } = await world.withdraw(10);
      await world.clock.sleep(1_000);
      await world.withdraw(10);
      const tables = tablesOf(world.settings);
      const before = await overview(tables, () => world.clock.now());
      expect(before.oldest_due.withdrawals).toEqual({ since: new Date(dueAt).toISOString(), id });
      expect(Date.parse(before.oldest_due.events?.since ?? '')).toBeLessThanOrEqual(Date.parse(createdAt));

      const dead = { messageId: 'm-1', receives: 5 };
      await recordDeadLetter(deadWithdrawals(world.deps), { withdrawalId: id, version }, dead);
      const after = await overview(tables, () => world.clock.now());
      expect(after.dead_letters.withdrawals).toEqual({ count: 1, is_whole: true });
      expect(Date.parse(after.oldest_due.withdrawals?.since ?? '')).toBeGreaterThan(dueAt);
    }));

  it('has the oldest payment whose request ended before the gateway answered', async () => {
    const world = await WalletsWorld.open(database);
    await world.furnish();
    await world.behave({ mode: 'garbage', lookups: 'down' });
    await world.pay(10).catch(() => {});
    const [{ id, workedOnUntil = Number.NaN } = {}] = (await world.books()).payments.flatMap((payment) =>
      payment.status === 'PENDING' ? [payment] : [],
    );
    const tables = { WALLETS_TABLE: world.settings.WALLETS_TABLE };
    expect((await overview(tables, () => workedOnUntil)).oldest_due.payments).toBeNull();
    const { oldest_due } = await overview(tables, later(workedOnUntil, 1));
    expect(oldest_due.payments).toEqual({ since: new Date(workedOnUntil).toISOString(), id });
    await world.stop();
  });

  it('has the oldest delivery that is due, and counts those that have failed', async () => {
    const world = await WebhooksWorld.open(database, { workers: 0 });
    await world.during(() =>
      world.play(async () => {
        await world.endpoint('shop');
        await world.publish(await world.happen(1));
        const tables = { WEBHOOKS_TABLE: world.tables.WEBHOOKS_TABLE };
        const now = () => world.clock.now();
        const [endpoint] = await world.deps.endpoints.all();
        const { items } = await world.deps.deliveries.list(endpoint?.id as never, { limit: 10, cursor: undefined });
        const [pending] = items;
        expect((await overview(tables, now)).oldest_due.webhook_deliveries).toEqual({
          since: pending?.at,
          id: pending?.id,
        });

        const attempts = [{ at: new Date(now()).toISOString(), durationMs: 1, status: 500 }];
        await world.deps.deliveries.replace(pending as never, { ...pending, status: 'failed', attempts } as never);
        const after = await overview(tables, now);
        expect([after.oldest_due.webhook_deliveries, after.dead_letters.webhook_deliveries]).toEqual([
          null,
          { count: 1, is_whole: true },
        ]);
      }),
    );
  });

  it('has how far the events are sealed', async () => {
    const world = await SealWorld.open(database);
    await world.happen(3);
    await world.seal();
    const { SEALS_TABLE } = world.settings;
    const { audit_chain } = await overview({ SEALS_TABLE }, () => world.now);
    expect(audit_chain).toMatchObject({ blocks: 1, events: 3 });
    expect((await overview({}, Date.now)).audit_chain).toBeNull();
  });

  it('has the running import that has made no progress for the longest time', async () => {
    const tables = await database.newTables('TRANSACTIONS_TABLE', 'EVENTS_TABLE');
    const imports = dynamoImports(dynamo, tables.TRANSACTIONS_TABLE, tables.EVENTS_TABLE);
    const at = Date.UTC(2026, 10, 20);
    for (const [index, status] of (['AWAITING_UPLOAD', 'RUNNING', 'RUNNING'] as const).entries()) {
      const createdAt = new Date(at).toISOString();
      const id = importId(`00000000-0000-4000-8000-00000000000${index}`);
      const touchedAt = at + (3 - index) * 60_000;
      const one = {
        id,
        status: 'AWAITING_UPLOAD',
        format: 'csv',
        createdAt,
        touchedAt,
        checkpoint: BEGINNING,
      } as const;
      await imports.insert(one, paymentEvent());
      if (status === 'RUNNING') await imports.move(id, status, { touchedAt }, { event: paymentEvent(), isOpen: true });
    }
    const { oldest_due } = await overview(tables, later(at, 60 * 60_000));
    expect(oldest_due.imports).toEqual({
      since: new Date(at + 60_000).toISOString(),
      id: importId('00000000-0000-4000-8000-000000000002'),
    });
  });
});
