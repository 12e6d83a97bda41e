import { expect } from 'vitest';
import { approvalIdFor } from '../../lib/access/approval.ts';
import { decideApproval } from '../../lib/access/decide-approval.ts';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import type { WithdrawalDeps } from '../../lib/withdrawals/ports.ts';
import { as, givenRules } from '../support/approvals.ts';
import type { CrashPlan } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { ANA, ethRequest, expectSound, insist, WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const DAY_MS = 24 * 3_600_000;
const KEY = 'k' as IdempotencyKey;
const ID = withdrawalIdOf(ANA, KEY);
const APPROVAL = approvalIdFor('withdrawal', ID);

type Scenario = {
  readonly name: string;
  readonly who: string;
  readonly source?: 'external';
  readonly decide: (world: WithdrawalsWorld) => Promise<unknown>;
  readonly ends: 'COMPLETED' | 'REJECTED';
};

const decide = (verdict: 'approve' | 'reject') => (world: WithdrawalsWorld) =>
  as('ben', () =>
    insist(world, 'decide', async (deps) => {
      const { digest } = (await world.approving().approvals.read(APPROVAL)) ?? {};
      return decideApproval(world.approving(deps), APPROVAL, { verdict, reason: 'read', digest });
    }),
  );

const SCENARIOS: readonly Scenario[] = [
  { name: 'a withdrawal is created that needs approval', who: 'create', decide: decide('approve'), ends: 'COMPLETED' },
  { name: 'a withdrawal is approved', who: 'decide', decide: decide('approve'), ends: 'COMPLETED' },
  { name: 'a withdrawal is rejected', who: 'decide', decide: decide('reject'), ends: 'REJECTED' },
  {
    name: 'a withdrawal with an external source is rejected',
    who: 'decide',
    source: 'external',
    decide: decide('reject'),
    ends: 'REJECTED',
  },
  {
    name: 'the approval of a withdrawal lapses',
    who: 'lapse',
    decide: async (world) => {
      world.clock.jump(DAY_MS);
      const lapse = (deps: WithdrawalDeps) => recoverAll(recoverApprovals, world.approving(deps));
      await insist(world, 'lapse', lapse);
      await insist(world, 'lapse', lapse);
    },
    ends: 'REJECTED',
  },
];

async function play({ decide, source, ends }: Scenario, plan: CrashPlan): Promise<void> {
  await WithdrawalsWorld.playing(database, { plans: [plan] }, async (world) => {
    await world.furnish(1_000);
    await givenRules(world.approving(), { kind: 'withdrawal', approvers: 1, lapsesAfterHours: 24 });
    plan.arm();
    const request = ethRequest(400, source ? { source } : {});
    await as('maker', () => insist(world, 'create', (deps) => createWithdrawal(deps, request, KEY)));
    await decide(world);
    const books = await world.settled();
    expectSound(books);
    expect(books.withdrawals).toMatchObject([{ status: ends }]);
    const approvals = books.events.filter(({ type }) => type.startsWith('approval.'));
    expect(approvals).toHaveLength(2);
  });
}

for (const scenario of SCENARIOS) {
  await crashMatrix(scenario.name, { who: scenario.who, play: (plan) => play(scenario, plan) });
}
