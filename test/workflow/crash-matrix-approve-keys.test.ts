import { expect } from 'vitest';
import { changeKey } from '../../lib/access/change-key.ts';
import { createKey, type KeyRequest } from '../../lib/access/create-key.ts';
import { decideApproval } from '../../lib/access/decide-approval.ts';
import { statusOf } from '../../lib/access/key.ts';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { as } from '../support/approvals.ts';
import type { CrashPlan } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { Client } from '../support/scenario.ts';
import { World } from '../support/world.ts';

const database = await givenADatabase();
const LAPSE_MS = 72 * 3_600_000;
const ZOE: KeyRequest = { name: 'new', person: 'zoe', scopes: ['admin', 'payouts:approve'], limits: {} };
const LIMITED: KeyRequest = { ...ZOE, scopes: ['payouts:write'], limits: { requestsPerSecond: 1 } };

type Verdict = 'approve' | 'reject' | 'lapse';
type Scenario = {
  readonly name: string;
  readonly who: string;
  readonly verdict: Verdict;
  readonly isChange?: boolean;
  readonly ends: object;
  readonly events: readonly string[];
};

const DECIDED = { approve: 'approval.approved', reject: 'approval.rejected', lapse: 'approval.lapsed' };
const LAST = { approve: 'key.changed', reject: 'key.revoked', lapse: 'key.revoked' };
const scenario = (name: string, who: string, verdict: Verdict): Scenario => ({
  ...{ name, who, verdict },
  ends: { status: verdict === 'approve' ? 'active' : 'revoked' },
  events: [DECIDED[verdict], 'approval.requested', 'key.created', LAST[verdict]],
});
const SCENARIOS: readonly Scenario[] = [
  scenario('a key is created that needs approval', 'create', 'approve'),
  scenario('a key is approved', 'decide', 'approve'),
  scenario('a key is rejected', 'decide', 'reject'),
  scenario('the approval of a key lapses', 'decide', 'lapse'),
  {
    ...{ name: 'a change of a key is approved', who: 'decide', verdict: 'approve', isChange: true },
    ends: { status: 'active', limits: {}, version: 2 },
    events: ['approval.approved', 'approval.requested', 'key.changed', 'key.created'],
  },
];

async function play({ verdict, isChange = false }: Scenario, plan: CrashPlan): Promise<World> {
  const world = await World.open(database, { plans: [plan] });
  const client = new Client(world);
  const create = (request: KeyRequest, key: string) => (deps: PayoutDeps) =>
    createKey(world.administering(deps), request, key as IdempotencyKey);
  const decide = async (deps: PayoutDeps) => {
    const approving = world.approving(deps);
    if (verdict === 'lapse') return recoverAll(recoverApprovals, approving);
    const { items } = await world.deps.approvals.list({ limit: 1 });
    const [{ id, digest } = { id: '', digest: '' }] = items;
    return decideApproval(approving, id, { verdict, reason: 'read', digest });
  };
  await world.play(async () => {
    await as('ana', () => create({ ...ZOE, person: 'ben', scopes: ['payouts:approve'] }, 'ben')(world.deps));
    plan.arm();
    const made = await as('ana', () => client.insist('create', create(isChange ? LIMITED : ZOE, 'zoe')));
    if (made instanceof AppError) throw made;
    if (isChange) {
      const { name, scopes } = LIMITED;
      await as('ana', () => changeKey(world.administering(world.deps), made.key.id, { name, scopes, limits: {} }));
    }
    if (verdict === 'lapse') world.clock.jump(LAPSE_MS);
    const decided = await as('ben', () => client.insist<unknown>('decide', decide));
    if (decided instanceof AppError) throw decided;
  });
  return world;
}

for (const one of SCENARIOS) {
  await crashMatrix(one.name, {
    who: one.who,
    async play(plan) {
      const world = await play(one, plan);
      return world.during(async () => {
        const keys = await world.administering(world.deps).keys.all();
        const zoes = keys.filter(({ person }) => person === 'zoe');
        expect(zoes.map((key) => ({ ...key, status: statusOf(key, world.clock.now()) }))).toMatchObject([one.ends]);
        const types = (await world.events()).map(({ type }) => type).sort();
        expect(types).toEqual([...one.events, 'key.created'].sort());
      });
    },
  });
}
