import { expect } from 'vitest';
import type { ApprovalDeps } from '../../lib/access/approval-ports.ts';
import { decideApproval } from '../../lib/access/decide-approval.ts';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { approvalOf, as, EVERY_BATCH, givenRules } from '../support/approvals.ts';
import type { CrashPlan } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import { recoverAll } from '../support/recovery.ts';
import { Client, expectQuiet, expectSoundEnd, reach, requestFor } from '../support/scenario.ts';
import { World } from '../support/world.ts';

const database = await givenADatabase();
const DAY_MS = 24 * 3_600_000;
const TODAY = '2026-01-01' as Day;
/** The maker's key has room for the batch once. */
const maker = aPrincipal({ person: 'maker', limits: { maxPerDay: { ['IDR' as Currency]: '400006' } } });

type Scenario = {
  readonly name: string;
  readonly who: string;
  /** Decides, as often as it takes until there is an answer. */
  readonly decide: (world: World, client: Client) => Promise<unknown>;
  readonly ends: 'completed' | 'rejected' | 'cancelled';
  readonly events: readonly string[];
};

const request = (verdict: 'approve' | 'reject') => async (deps: ApprovalDeps) => {
  const { digest } = (await deps.approvals.read(approvalOf())) ?? {};
  return decideApproval(deps, approvalOf(), { verdict, reason: 'read', digest });
};
const by = (world: World, person: string, verdict: 'approve' | 'reject') => (client: Client) =>
  as(person, () => client.insist('decide', (deps: PayoutDeps) => request(verdict)(world.approving(deps))));

const APPROVED: Pick<Scenario, 'decide' | 'ends' | 'events'> = {
  decide: (world, client) => by(world, 'ben', 'approve')(client),
  ends: 'completed',
  events: ['approval.approved', 'approval.requested'],
};

const SCENARIOS: readonly Scenario[] = [
  { name: 'a batch is created that needs approval', who: 'create', ...APPROVED },
  { name: 'a batch is approved', who: 'decide', ...APPROVED },
  {
    name: 'a batch is rejected',
    who: 'decide',
    decide: (world, client) => by(world, 'ben', 'reject')(client),
    ends: 'rejected',
    events: ['approval.rejected', 'approval.requested'],
  },
  {
    name: 'the approval of a batch lapses',
    who: 'lapse',
    decide: async (world, client) => {
      world.clock.jump(DAY_MS);
      const lapse = (deps: PayoutDeps) => recoverAll(recoverApprovals, world.approving(deps));
      await client.insist('lapse', lapse);
      await client.insist('lapse', lapse);
    },
    ends: 'rejected',
    events: ['approval.lapsed', 'approval.requested'],
  },
  {
    name: 'a batch is cancelled that waits for approval',
    who: 'cancel',
    decide: (_world, client) => as(maker, () => client.cancel()),
    ends: 'cancelled',
    events: ['approval.cancelled', 'approval.requested'],
  },
];

async function play({ decide, ends }: Scenario, plan: CrashPlan): Promise<World> {
  const world = await World.open(database, { plans: [plan], settings: { PAYOUT_CHUNK_SIZE: 2 } });
  const client = new Client(world);
  await world.play(async () => {
    await givenRules(world.approving(world.deps), EVERY_BATCH);
    plan.arm();
    await as(maker, () => client.create(requestFor(4)));
    await decide(world, client);
    await reach(world, (status) => status === ends);
    await expectQuiet(world);
  });
  return world;
}

for (const scenario of SCENARIOS) {
  await crashMatrix(scenario.name, {
    who: scenario.who,
    async play(plan) {
      const world = await play(scenario, plan);
      return world.during(async () => {
        if (scenario.ends === 'completed') await expectSoundEnd(world, 1);
        else expect(await world.arrivals()).toBe(0);
        expect(await world.limitProblems()).toEqual([]);
        expect((await world.used(maker.keyId, TODAY)).get('IDR')).toBe(scenario.ends === 'completed' ? 400_006n : 0n);
        const types = (await world.events()).map(({ type }) => type).filter((type) => type.startsWith('approval.'));
        expect(types).toEqual(scenario.events);
      });
    },
  });
}
