import { decideApproval } from '../../lib/access/decide-approval.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { approvalOf, as, EVERY_BATCH, givenRules } from '../support/approvals.ts';
import { payoutCrashes, type Scenario } from '../support/payout-crashes.ts';
import { type Client, pass } from '../support/scenario.ts';
import { HOUR_MS, inMs, scheduled } from '../support/scheduled-batches.ts';
import type { World } from '../support/world.ts';

const options = { settings: { PAYOUT_CHUNK_SIZE: 2 } };
const create = (world: World, client: Client) => scheduled(world, client, HOUR_MS, 2);

const approve = (world: World, client: Client) =>
  as('ben', () =>
    client.insist('approve', async (deps: PayoutDeps) => {
      const approving = world.approving(deps);
      const { digest } = (await approving.approvals.read(approvalOf())) ?? {};
      return decideApproval(approving, approvalOf(), { verdict: 'approve', reason: 'read', digest });
    }),
  );
const createForApproval = async (world: World, client: Client) => {
  await givenRules(world.approving(world.deps), EVERY_BATCH);
  await as('maker', () => create(world, client));
};

const approved = (name: string, afterMs: number): Scenario => ({
  name,
  options,
  who: 'approve',
  given: async (world, client) => {
    await createForApproval(world, client);
    await pass(world, afterMs);
  },
  when: async (world, client) => {
    await approve(world, client);
    await pass(world, Math.max(0, HOUR_MS - afterMs));
  },
});

await payoutCrashes([
  {
    name: 'a scheduled batch is created',
    options,
    who: 'create',
    when: async (world, client) => {
      await create(world, client);
      await pass(world, HOUR_MS);
    },
  },
  {
    name: 'a sweep starts a scheduled batch',
    options,
    who: 'recovery',
    given: async (world, client) => {
      await create(world, client);
      await pass(world, HOUR_MS - 60_000);
    },
    when: (world) => world.clock.sleep(2 * 60_000),
  },
  {
    name: 'the time of a batch is changed',
    options,
    who: 'schedule',
    given: async (world, client) => {
      await create(world, client);
    },
    when: async (world, client) => {
      const later = inMs(world, 3 * HOUR_MS);
      await client.schedule(later);
      await client.schedule(inMs(world, 2 * HOUR_MS));
      await pass(world, 2 * HOUR_MS);
    },
  },
  approved('a batch is approved before its time', 0),
  approved('a batch is approved after its time', 2 * HOUR_MS),
]);
