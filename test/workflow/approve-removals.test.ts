import { expect, it } from 'vitest';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { allowAddress, denyAddress } from '../../lib/withdrawals/deny-list.ts';
import { as, decide, givenRules } from '../support/approvals.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const HOUR_MS = 3_600_000;
const ADDRESS = '0x52908400098527886e0f7030069857d2e4169ee7';
const DENIED = { network: 'ethereum', address: ADDRESS, reason: 'sanctioned' } as const;
const INVALID = { code: 'INVALID_STATE' };

const isDenied = ({ deps }: WithdrawalsWorld) => deps.denyList.has(DENIED.network, ADDRESS);

const play = (test: (world: WithdrawalsWorld) => Promise<void>) => () =>
  WithdrawalsWorld.playing(database, {}, async (world) => {
    await denyAddress(world.deps, DENIED);
    await givenRules(world.approving(), { kind: 'deny_list_removal', approvers: 1, lapsesAfterHours: 24 });
    await test(world);
  });

async function asked(world: WithdrawalsWorld) {
  const approval = await as('maker', () => allowAddress(world.deps, DENIED));
  if (!approval) throw new Error('the removal does not wait');
  return approval;
}

it(
  'an address stays denied until another person has approved its removal',
  play(async (world) => {
    const { id } = await asked(world);
    expect(await decide(world.approving(), 'maker', 'approve', { id })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await isDenied(world)).toBe(true);
    expect(await decide(world.approving(), 'ben', 'approve', { id })).toMatchObject({ status: 'approved' });
    expect(await isDenied(world)).toBe(false);
    const types = (await world.books()).events
      .map(({ type }) => type)
      .filter((type) => /^(address|approval)/.test(type));
    const expected = ['address.allowed', 'address.denied', 'approval.approved', 'approval.requested'];
    expect(types.sort()).toEqual(expected);
  }),
);

it(
  'an address stays denied if its removal is rejected or lapses',
  play(async (world) => {
    const [rejected, lapsed] = [await asked(world), await asked(world)];
    expect(await decide(world.approving(), 'ben', 'reject', rejected)).toMatchObject({ status: 'rejected' });
    world.clock.jump(24 * HOUR_MS);
    await recoverAll(recoverApprovals, world.approving());
    expect(await decide(world.approving(), 'ben', 'approve', lapsed)).toMatchObject(INVALID);
    expect(await isDenied(world)).toBe(true);
  }),
);

it(
  'an approval is about one denial: it does not remove one with another reason',
  play(async (world) => {
    const approval = await asked(world);
    await denyAddress(world.deps, { ...DENIED, reason: 'fraud' });
    expect(await decide(world.approving(), 'ben', 'approve', approval)).toMatchObject(INVALID);
    expect(await isDenied(world)).toBe(true);
  }),
);

it(
  'an approval has no address in plain',
  play(async (world) => {
    const approval = await asked(world);
    const stored = await world.deps.approvals.read(approval.id);
    expect(JSON.stringify(stored)).toContain('****9ee7');
    expect(JSON.stringify(stored).toLowerCase()).not.toContain(ADDRESS.slice(2));
  }),
);
