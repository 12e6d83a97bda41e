import { expect } from 'vitest';
import { decideApproval } from '../../lib/access/decide-approval.ts';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { allowAddress, denyAddress } from '../../lib/withdrawals/deny-list.ts';
import type { WithdrawalDeps } from '../../lib/withdrawals/ports.ts';
import { as, givenRules } from '../support/approvals.ts';
import type { CrashPlan } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { ADDRESS, insist, WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const DAY_MS = 24 * 3_600_000;
const DENIED = { network: 'ethereum', address: ADDRESS, reason: 'sanctioned' } as const;

type Verdict = 'approve' | 'reject' | 'lapse';
type Scenario = { readonly name: string; readonly who: string; readonly verdict: Verdict };
const SCENARIOS: readonly Scenario[] = [
  { name: 'a removal from the deny-list is asked for', who: 'ask', verdict: 'approve' },
  { name: 'a removal from the deny-list is approved', who: 'decide', verdict: 'approve' },
  { name: 'a removal from the deny-list is rejected', who: 'decide', verdict: 'reject' },
  { name: 'the approval of a removal from the deny-list lapses', who: 'decide', verdict: 'lapse' },
];
const ENDS = { approve: 'approved', reject: 'rejected', lapse: 'lapsed' } as const;

/** Decides on the newest approval: a maker who died after asking has asked twice. */
const decide = (world: WithdrawalsWorld, verdict: Verdict) => async (deps: WithdrawalDeps) => {
  if (verdict === 'lapse') return recoverAll(recoverApprovals, world.approving(deps));
  const { items } = await world.deps.approvals.list({ limit: 1 });
  const [{ id, digest } = { id: '', digest: '' }] = items;
  return decideApproval(world.approving(deps), id, { verdict, reason: 'read', digest });
};

/** @returns what the approvals and the deny-list became, and the types of all events */
async function play({ verdict }: Scenario, plan: CrashPlan) {
  return WithdrawalsWorld.playing(database, { plans: [plan] }, async (world) => {
    const isDenied = () => world.deps.denyList.has(DENIED.network, ADDRESS.toLowerCase());
    await denyAddress(world.deps, DENIED);
    await givenRules(world.approving(), { kind: 'deny_list_removal', approvers: 1, lapsesAfterHours: 24 });
    plan.arm();
    await as('maker', () => insist(world, 'ask', (deps) => allowAddress(deps, DENIED)));
    expect(await isDenied()).toBe(true);
    if (verdict === 'lapse') world.clock.jump(DAY_MS);
    await as('ben', () => insist(world, 'decide', decide(world, verdict)));
    const approvals = (await world.deps.approvals.list({ limit: 10 })).items.map(({ status }) => status);
    const events = (await world.books()).events.map(({ type }) => type).filter((type) => !type.endsWith('requested'));
    return { isDenied: await isDenied(), approvals, events: events.sort() };
  });
}

for (const one of SCENARIOS) {
  const isApproved = one.verdict === 'approve';
  await crashMatrix(one.name, {
    who: one.who,
    play: (plan) => play(one, plan),
    judge({ isDenied, approvals, events }) {
      expect(isDenied).toBe(!isApproved);
      expect(approvals.filter((status) => status === ENDS[one.verdict])).toHaveLength(1);
      const allowed = isApproved ? ['address.allowed'] : [];
      expect(events).toEqual([...allowed, 'address.denied', `approval.${ENDS[one.verdict]}`]);
    },
  });
}
