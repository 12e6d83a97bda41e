import { describe, expect, it } from 'vitest';
import type { ApprovalRule } from '../../lib/access/approval-policy.ts';
import { recoverKnownPayees } from '../../lib/access/recover-known-payees.ts';
import { setPolicy } from '../../lib/access/set-policy.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { dynamoPaidWithdrawals } from '../../lib/withdrawals/dynamo-paid.ts';
import { as } from '../support/approvals.ts';
import { type CrashPlan, Process } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { mortalClient } from '../support/faults.ts';
import { recoverAll } from '../support/recovery.ts';
import { Client, finish, inWorld, requestFor, statusOf } from '../support/scenario.ts';
import { SECRETS } from '../support/secrets.ts';
import { ADDRESS, ANA, WithdrawalsWorld } from '../support/withdrawals-world.ts';
import { World } from '../support/world.ts';

const database = await givenADatabase();
const NEW_PAYEES: ApprovalRule = { kind: 'batch', newPayee: true, approvers: 1, lapsesAfterHours: 24 };
const AFTER_RULES_MS = 90_000;

const setRules = (world: World, ...rules: ApprovalRule[]) =>
  as('owner', () => setPolicy(world.approving(world.deps), rules));

/** Asks to pay vendors 1 to `vendors`. @returns whether the batch waits for an approval */
async function waits(world: World, client: Client, { id, vendors }: { id: string; vendors: number }) {
  const batchId = id as BatchId;
  await as('maker', () => client.create(requestFor(vendors, { batchId, autoStart: false })));
  return (await statusOf(world, batchId)) === 'awaiting_approval';
}

async function pay(world: World, client: Client, id: string, vendors: number): Promise<void> {
  const batchId = id as BatchId;
  await as('maker', () => client.create(requestFor(vendors, { batchId })));
  await finish(world, batchId);
}

/** Vendors 1 to 5 are paid, then there are rules. */
async function paidBefore(world: World, client: Client): Promise<void> {
  await pay(world, client, 'before', 5);
  await setRules(world, NEW_PAYEES);
  await world.clock.sleep(AFTER_RULES_MS);
}

describe.concurrent('payees that were paid before there were rules', () => {
  it('are known once recovery has read all payouts, and no others are', () =>
    inWorld(database, {}, async (world, client) => {
      await paidBefore(world, client);
      expect(await waits(world, client, { id: 'too-early', vendors: 5 })).toBe(true);
      const recovered = await recoverAll(recoverKnownPayees, world.backfilling());
      expect(recovered).toMatchObject({ failed: 0, done: { 'payments read': 5 } });
      expect(await waits(world, client, { id: 'known', vendors: 5 })).toBe(false);
      expect(await waits(world, client, { id: 'new', vendors: 6 })).toBe(true);
      expect(await recoverAll(recoverKnownPayees, world.backfilling())).toMatchObject({ found: 0 });
    }));

  it('are known only if a payout to them was completed', () =>
    inWorld(database, {}, async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
      await paidBefore(world, client);
      await recoverAll(recoverKnownPayees, world.backfilling());
      expect(await waits(world, client, { id: 'failed-before', vendors: 1 })).toBe(true);
    }));

  it('are read by several runs, each of which continues after the last page of the one before', () =>
    inWorld(database, {}, async (world, client) => {
      await paidBefore(world, client);
      const deps = world.backfilling();
      let pages = 0;
      const paid = {
        page: async (cursor?: string) => {
          pages += 1;
          world.clock.jump(60_000); // as long as a run has
          return deps.paid.payouts?.page(cursor) ?? { paid: [] };
        },
      };
      const run = () =>
        runRecovery(deps, recoverKnownPayees({ ...deps, paid: { payouts: paid } }), world.clock.now() + 50_000);
      let runs = 0;
      while ((await run()).found > 0) runs += 1;
      expect({ runs, areMany: runs > 3 }).toEqual({ runs: pages, areMany: true });
      expect(await waits(world, client, { id: 'known', vendors: 5 })).toBe(false);
    }));

  it('are read again if all rules were removed for a time', () =>
    inWorld(database, {}, async (world, client) => {
      await paidBefore(world, client);
      await recoverAll(recoverKnownPayees, world.backfilling());
      await setRules(world);
      await world.clock.sleep(AFTER_RULES_MS);
      await pay(world, client, 'without-rules', 6);
      await setRules(world, NEW_PAYEES);
      expect(await recoverAll(recoverKnownPayees, world.backfilling())).toMatchObject({ found: 0 }); // processes may have older rules
      await world.clock.sleep(AFTER_RULES_MS);
      expect(await waits(world, client, { id: 'new', vendors: 6 })).toBe(true);
      await recoverAll(recoverKnownPayees, world.backfilling());
      expect(await waits(world, client, { id: 'known', vendors: 6 })).toBe(false);
    }));

  it('are not read again if only a rule changes', () =>
    inWorld(database, {}, async (world, client) => {
      await paidBefore(world, client);
      await recoverAll(recoverKnownPayees, world.backfilling());
      await setRules(world, { ...NEW_PAYEES, lapsesAfterHours: 1 });
      await world.clock.sleep(AFTER_RULES_MS);
      expect(await recoverAll(recoverKnownPayees, world.backfilling())).toMatchObject({ found: 0 });
    }));
});

it('withdrawals that were completed make their user and address known, and others do not', async () => {
  await WithdrawalsWorld.playing(database, {}, async (world) => {
    await world.furnish(1_000);
    await world.withdraw(400);
    await world.settled();
    await world.behave({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
    await world.withdraw(100);
    await world.settled();
    const { paid, next } = await dynamoPaidWithdrawals(
      documentClient(),
      world.settings.WITHDRAWALS_TABLE,
      SECRETS,
    ).page();
    expect(paid).toMatchObject([{ payee: ANA, account: JSON.stringify(['ethereum', ADDRESS]) }]);
    expect(next).toBeUndefined();
  });
});

/** A run dies at a request, and the next one continues. */
await crashMatrix('a run of recovery that makes payees known', {
  async play(plan: CrashPlan) {
    const world = await World.open(database, {});
    return world.during(() =>
      world.play(async () => {
        const client = new Client(world);
        await paidBefore(world, client);
        plan.arm();
        const process = new Process({ dynamo: documentClient() }, 'recovery', [plan], {
          special: ({ dynamo }, process) => ({ dynamo: mortalClient(dynamo, process) }),
        });
        await process.run(({ dynamo }) => recoverAll(recoverKnownPayees, world.backfilling(dynamo)));
        await recoverAll(recoverKnownPayees, world.backfilling());
        expect(await waits(world, client, { id: 'known', vendors: 5 })).toBe(false);
        expect(await waits(world, client, { id: 'new', vendors: 6 })).toBe(true);
      }),
    );
  },
});
