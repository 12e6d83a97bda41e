import { describe, expect, it } from 'vitest';
import { type ApprovalId, approvalIdFor } from '../../lib/access/approval.ts';
import type { ApprovalRule } from '../../lib/access/approval-policy.ts';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { withdrawalApprovals } from '../../lib/withdrawals/approve-withdrawal.ts';
import { startProcessor } from '../../lib/withdrawals/processor.ts';
import { redriveWithdrawals } from '../../lib/withdrawals/redrive-withdrawals.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { as, decide, givenRules } from '../support/approvals.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { balance } from '../support/withdrawal-cases.ts';
import { eth, expectSound, WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const HOUR_MS = 3_600_000;
const RULE: ApprovalRule = {
  kind: 'withdrawal',
  currency: eth(0).currency,
  totalFrom: 400n,
  approvers: 1,
  lapsesAfterHours: 24,
};
const approvalOf = ({ id }: Withdrawal): ApprovalId => approvalIdFor('withdrawal', id);

/** Ana's withdrawal of 400 out of 1,000, which waits for its approval. */
async function waiting(world: WithdrawalsWorld, changes = {}): Promise<Withdrawal> {
  await world.furnish(1_000);
  await givenRules(world.approving(), RULE);
  return as('maker', () => world.withdraw(400, changes));
}

const play = (test: (world: WithdrawalsWorld) => Promise<void>) => () =>
  WithdrawalsWorld.playing(database, {}, async (world) => {
    await test(world);
    expectSound(await world.books());
  });

describe.concurrent('a withdrawal that meets a rule', () => {
  it(
    'waits with its hold, and no path sends it',
    play(async (world) => {
      const withdrawal = await waiting(world);
      expect(withdrawal).toMatchObject({ status: 'AWAITING_APPROVAL', approvalId: approvalOf(withdrawal) });
      expect(await balance(world)).toBe(600n);
      await expect(retryWithdrawal(world.deps, withdrawal.id)).rejects.toBeInstanceOf(AppError);
      await world.queue.send([{ withdrawalId: withdrawal.id, version: withdrawal.version }]);
      await redriveWithdrawals(world.deps);
      await startProcessor(world.deps, world.clock.now() + 60_000);
      await world.clock.sleep(10 * 60_000);
      expect(await world.read(withdrawal.id)).toMatchObject({ status: 'AWAITING_APPROVAL', version: 1 });
      expect(world.results).toContainEqual({ result: 'dropped', why: 'not_approved' });
    }),
  );

  it(
    'is sent once it is approved, and one below the amount needs no approval',
    play(async (world) => {
      const withdrawal = await waiting(world);
      expect(await as('maker', () => world.withdraw(399))).toMatchObject({ status: 'PENDING' });
      expect(await decide(world.approving(), 'maker', 'approve', { id: approvalOf(withdrawal) })).toMatchObject({
        code: 'FORBIDDEN',
      });
      const both = await Promise.all(
        ['ben', 'cleo'].map((person) => decide(world.approving(), person, 'approve', { id: approvalOf(withdrawal) })),
      );
      expect(both.filter((answer) => 'status' in answer)).toMatchObject([{ status: 'approved' }]);
      await world.settled();
      expect(await world.read(withdrawal.id)).toMatchObject({ status: 'COMPLETED' });
    }),
  );

  it(
    'is sent by recovery if the process died right after the approval',
    play(async (world) => {
      const withdrawal = await waiting(world);
      const { withdrawal: subject } = world.approving().subjects;
      const dies = { conclude: subject?.conclude ?? withdrawalApprovals(world.deps).conclude, proceed: async () => {} };
      const deps = { ...world.approving(), subjects: { withdrawal: dies } };
      await decide(deps, 'ben', 'approve', { id: approvalOf(withdrawal) });
      await world.settled();
      expect(await world.read(withdrawal.id)).toMatchObject({ status: 'COMPLETED' });
    }),
  );

  it.each(['wallet', 'external'] as const)(
    'out of %s ends when it is rejected, and its hold is released once',
    (source) =>
      play(async (world) => {
        const withdrawal = await waiting(world, { source });
        const id = approvalOf(withdrawal);
        await Promise.all(['ben', 'cleo'].map((person) => decide(world.approving(), person, 'reject', { id })));
        expect(await balance(world)).toBe(1_000n);
        expect(await world.read(withdrawal.id)).toMatchObject({
          status: 'REJECTED',
          failure: { code: 'APPROVAL_REJECTED' },
        });
        await expect(retryWithdrawal(world.deps, withdrawal.id)).rejects.toMatchObject({ code: 'INVALID_STATE' });
      })(),
  );

  it(
    'ends without an approval in time: against a late approval exactly one wins',
    play(async (world) => {
      const withdrawal = await waiting(world);
      world.clock.jump(25 * HOUR_MS);
      const late = decide(world.approving(), 'ben', 'approve', { id: approvalOf(withdrawal) });
      await Promise.all([late, recoverAll(recoverApprovals, world.approving())]);
      expect(await late).toMatchObject({ code: 'INVALID_STATE' });
      expect(await world.read(withdrawal.id)).toMatchObject({
        status: 'REJECTED',
        failure: { code: 'APPROVAL_LAPSED' },
      });
      expect(await balance(world)).toBe(1_000n);
    }),
  );
});
