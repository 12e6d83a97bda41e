import { describe, expect, it } from 'vitest';
import { decideApproval, readApproval } from '../../lib/access/decide-approval.ts';
import type { PossibleAction } from '../../lib/kernel/explanation.ts';
import { cancelBatch } from '../../lib/payouts/cancel-batch.ts';
import { cancelPayout } from '../../lib/payouts/cancel-payout.ts';
import { readBatchExplanation, readPayoutExplanation } from '../../lib/payouts/explain/read.ts';
import { readAllPayouts } from '../../lib/payouts/read-batches.ts';
import { redriveBatch } from '../../lib/payouts/redrive-batch.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { scheduleBatch } from '../../lib/payouts/schedule-batch.ts';
import { startBatch } from '../../lib/payouts/start-batch.ts';
import { stopBatch } from '../../lib/payouts/stop-batch.ts';
import { as, EVERY_BATCH, givenRules } from '../support/approvals.ts';
import { seededRandom } from '../support/clock.ts';
import { givenADatabase } from '../support/database.ts';
import { expectSound } from '../support/explanations.ts';
import { BATCH, type Client, inWorld, killByPoison, REASON, requestFor, workOnce } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

/*
 * Random walks through the states of a batch. In each state the explanations are sound, and the use case of an action that
 * they offer accepts it. Nothing happens between the explanation and the action.
 */

const WALKS = 9;
const STEPS = 30;
const MOODS = [
  { mode: 'happy', lookups: 'ok' },
  { mode: 'declined', code: 'RATE_LIMITED', lookups: 'ok' },
  { mode: 'declined', code: 'ACCOUNT_BLOCKED', lookups: 'ok' },
  { mode: 'garbage', lookups: 'down' }, // unknown
];

const database = await givenADatabase();
const seen = { actions: new Set<string>(), statuses: new Set<string>() };

const idIn = (path: string) => path.split('/')[2] ?? '';

function decide(world: World, id: string, verdict: 'approve' | 'reject') {
  const deps = world.approving(world.deps);
  return as('approver', async () => {
    const { digest } = await readApproval(deps, id);
    return decideApproval(deps, id, { verdict, reason: REASON, digest });
  });
}

const PERFORM: Readonly<Record<string, (world: World, path: string) => Promise<unknown>>> = {
  startBatch: ({ deps }) => startBatch(deps, BATCH),
  stopBatch: ({ deps }) => stopBatch(deps, BATCH),
  scheduleBatch: ({ deps, clock }) => scheduleBatch(deps, BATCH, new Date(clock.now() + 60_000).toISOString()),
  cancelBatch: ({ deps }) => cancelBatch(deps, BATCH, REASON),
  retryFailed: ({ deps }) => retryFailed(deps, BATCH),
  redriveBatch: ({ deps }) => redriveBatch(deps, BATCH),
  cancelPayout: ({ deps }, path) => cancelPayout(deps, idIn(path), REASON),
  approve: (world, path) => decide(world, idIn(path), 'approve'),
  reject: (world, path) => decide(world, idIn(path), 'reject'),
};

/** Explains the batch and each of its payouts. @returns the actions that they offer */
async function explained({ deps }: World): Promise<PossibleAction[]> {
  const { payouts } = await readAllPayouts(deps, BATCH);
  const all = [
    await readBatchExplanation(deps, BATCH),
    ...(await Promise.all(payouts.map(({ payout }) => readPayoutExplanation(deps, payout.id)))),
  ];
  for (const explanation of all) {
    expectSound(explanation, ['100200300', '100200301', '100200302']);
    seen.statuses.add(`${explanation.kind} ${explanation.status}`);
  }
  return all.flatMap(({ actions }) => actions);
}

/** A worker takes a chunk and dies. */
async function abandonChunk({ deps, clock }: World): Promise<void> {
  const batch = await deps.batches.read(BATCH);
  const lease = { owner: 'dead', until: clock.now() + 10_000 };
  await deps.chunks.lease({ batchId: BATCH, chunk: 1, run: batch?.run ?? 0, lease, now: clock.now() });
}

async function begin(world: World, client: Client, seed: number): Promise<void> {
  world.hasWorkers = false;
  world.hasRecovery = false;
  if (seed % 3 === 0) await givenRules(world.approving(world.deps), EVERY_BATCH);
  await world.setBank(MOODS[seed % MOODS.length] ?? {});
  const startAt = new Date(world.clock.now() + 30_000).toISOString();
  const changes = seed % 4 === 0 ? { startAt } : { autoStart: seed % 2 === 0 };
  await as('maker', () => client.create(requestFor(3, changes)));
}

describe('the explanations of a batch and its payouts', () => {
  it.each(Array.from({ length: WALKS }, (_, walk) => walk + 1))('in a random walk %i', (seed) =>
    inWorld(
      database,
      { settings: { PAYOUT_CHUNK_SIZE: 2, PAYOUT_MAX_ATTEMPTS: 1 + (seed % 2) } },
      async (world, client) => {
        const random = seededRandom(seed);
        const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
        const work = async () => {
          if (world.queue.messages.length > 0) await workOnce(world).catch(() => undefined);
        };
        const steps: (() => Promise<unknown>)[] = [
          () => world.setBank(pick(MOODS)),
          work,
          work,
          work,
          () => world.recoverNow(),
          () => world.clock.sleep(pick([1_000, 30_000])),
          () => abandonChunk(world),
          () => (world.queue.messages.length > 0 && random() < 0.3 ? killByPoison(world) : work()),
        ];
        await begin(world, client, seed);
        for (let step = 0; step < STEPS; step += 1) {
          const offered = await explained(world);
          const rare = offered.find(({ action }) => action === 'retryFailed');
          const isEarly = ({ action }: PossibleAction) => !/^(cancel|stop|reject)/.test(action);
          const likely = step < STEPS / 2 ? offered.filter(isEarly) : offered;
          const action = random() < 0.4 ? (rare ?? pick(likely)) : undefined;
          if (!action) await pick(steps)();
          else {
            await PERFORM[action.action]?.(world, action.path);
            seen.actions.add(action.action);
          }
        }
        await explained(world);
      },
    ),
  );

  it('have led through most states, by most actions', () => {
    const actions = [
      'approve',
      'cancelBatch',
      'cancelPayout',
      'redriveBatch',
      'retryFailed',
      'startBatch',
      'stopBatch',
    ];
    expect([...seen.actions]).toEqual(expect.arrayContaining(actions));
    const payouts = ['pending', 'processing', 'retrying', 'unknown', 'completed', 'failed', 'cancelled'];
    const batches = ['awaiting_approval', 'scheduled', 'created', 'in_progress', 'stopped', 'cancelling'];
    const statuses = [...payouts.map((status) => `payout ${status}`), ...batches.map((status) => `batch ${status}`)];
    expect([...seen.statuses]).toEqual(expect.arrayContaining(statuses));
  });
});
