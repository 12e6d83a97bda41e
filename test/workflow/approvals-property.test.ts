import fc from 'fast-check';
import { expect, it } from 'vitest';
import { approvalIdFor } from '../../lib/access/approval.ts';
import { changeKey } from '../../lib/access/change-key.ts';
import { createKey } from '../../lib/access/create-key.ts';
import { readApproval } from '../../lib/access/decide-approval.ts';
import { statusOf } from '../../lib/access/key.ts';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { as, decide, givenRules } from '../support/approvals.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { Client, requestFor } from '../support/scenario.ts';
import { World } from '../support/world.ts';

/*
 * Random sequences of every request that can move money of a batch, by two makers and two approvers, against a model of who has
 * decided what. Makers are administrators, and make keys for persons who do not exist. Makers have the scope to approve too, so only the rules keep them from their own batches.
 */

const RUNS = 40;
const STEPS = 40;
const HOUR_MS = 3_600_000;
/** From this amount on a batch needs two persons besides its maker, within a day. */
const LIMIT = 200_000n;
const NEEDED = 2;

const database = await givenADatabase();

const batch = fc.constantFrom('one', 'two', 'three');
const maker = fc.constantFrom('maker-1', 'maker-2');
const person = fc.constantFrom('maker-1', 'maker-2', 'approver-1', 'approver-2');
const kind = <Kind extends string>(name: Kind) => fc.constant(name);

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: kind('create'), by: maker, batch, isLarge: fc.boolean(), autoStart: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('start', 'retryFailed', 'redrive', 'stop'), by: maker, batch }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind('approve'),
      by: person,
      batch,
      sees: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, batch),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('reject'), by: person, batch }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('inventAdmin', 'inventApprover'), by: maker, batch }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('promote'), by: maker, batch }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('approveInvented'), by: maker, batch }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('message'), by: maker, batch, run: fc.integer({ min: 0, max: 2 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('wait'), by: maker, batch, ms: fc.constantFrom(60_000, 26 * HOUR_MS) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** So that at least one batch is paid after its approval. */
const APPROVED_BY_TWO: Step[] = [
  { kind: 'create', by: 'maker-1', batch: 'one', isLarge: true, autoStart: true },
  { kind: 'approve', by: 'approver-1', batch: 'one', sees: undefined },
  { kind: 'approve', by: 'approver-2', batch: 'one', sees: undefined },
];

/** What the model knows of a batch that needs approval. */
type Waiting = {
  readonly maker: string;
  readonly lapsesAt: number;
  readonly by: Set<string>;
  end?: 'approved' | 'ended';
};

class Model {
  readonly waiting = new Map<string, Waiting>();
  readonly free = new Set<string>();

  created(name: string, by: string, { isLarge, now }: { isLarge: boolean; now: number }): void {
    if (this.waiting.has(name) || this.free.has(name)) return; // the first content stays
    if (isLarge) this.waiting.set(name, { maker: by, lapsesAt: now + 24 * HOUR_MS, by: new Set() });
    else this.free.add(name);
  }

  decided(name: string, by: string, { verdict, sees, now }: { verdict: string; sees: string; now: number }): void {
    const one = this.waiting.get(name);
    if (!one || one.end || by === one.maker || one.by.has(by)) return;
    if (now >= one.lapsesAt || verdict === 'reject') {
      one.end = 'ended';
      return;
    }
    if (sees !== name) return;
    one.by.add(by);
    if (one.by.size === NEEDED) one.end = 'approved';
  }

  passed(now: number): void {
    for (const one of this.waiting.values()) if (!one.end && now >= one.lapsesAt) one.end = 'ended';
  }

  mayMove(name: string): boolean {
    return this.free.has(name) || this.waiting.get(name)?.end === 'approved';
  }
}

const approvalOf = (name: string) => approvalIdFor('batch', name);

function request(name: string, { isLarge, autoStart }: { isLarge: boolean; autoStart: boolean }) {
  return requestFor(isLarge ? 3 : 1, { batchId: name, autoStart });
}

/** The approvers have keys, as from before. */
async function hire(world: World): Promise<void> {
  const access = world.administering(world.deps);
  for (const approver of ['approver-1', 'approver-2']) {
    const request = { name: approver, person: approver, scopes: ['payouts:approve'], limits: {} } as const;
    const { key } = await as('owner', () => createKey(access, request, approver as IdempotencyKey));
    if (key.awaits) await decide(world.approving(world.deps), 'approver-1', 'approve', { id: key.awaits });
  }
}

async function take(world: World, client: Client, model: Model, one: Step): Promise<void> {
  const id = one.batch as BatchId;
  const approving = world.approving(world.deps);
  const now = world.clock.now();
  switch (one.kind) {
    case 'create': {
      const made = await as(one.by, () => client.create(request(one.batch, one)));
      if (!(made instanceof AppError)) model.created(one.batch, one.by, { ...one, now });
      return;
    }
    case 'approve':
    case 'reject': {
      const sees = 'sees' in one && one.sees ? one.sees : one.batch;
      const seen = await readApproval(approving, approvalOf(sees)).catch(() => undefined);
      const digest = seen?.digest ?? '0'.repeat(64);
      await decide(approving, one.by, one.kind, { id: approvalOf(one.batch), digest });
      model.decided(one.batch, one.by, { verdict: one.kind, sees: seen ? sees : '', now });
      return;
    }
    case 'message':
      return world.queue.send([{ batchId: id, chunk: 1, run: one.run }]);
    case 'wait':
      world.clock.jump(one.ms);
      await world.clock.sleep(60_000); // workers and recovery run
      await recoverAll(recoverApprovals, approving);
      return model.passed(world.clock.now());
    case 'inventAdmin':
    case 'inventApprover':
    case 'promote':
      return invent(world, one.kind, one);
    case 'approveInvented':
      return approveAsInvented(world, one.batch);
    default:
      await as<unknown>(one.by, () => client[one.kind](id));
  }
}

/** A maker, who is an administrator too, makes a key for a person who does not exist, or gives one more scopes. */
async function invent(world: World, how: 'inventAdmin' | 'inventApprover' | 'promote', { by, batch }: Step) {
  const access = world.administering(world.deps);
  const scopes = how === 'inventAdmin' ? (['admin'] as const) : (['payouts:approve'] as const);
  const request = { name: 'invented', person: `invented-${batch}`, limits: {} };
  const key = `${how}-${by}-${batch}` as IdempotencyKey;
  if (how !== 'promote') {
    await as(by, () => createKey(access, { ...request, scopes }, key));
    return;
  }
  const { key: made } = await as(by, () => createKey(access, { ...request, scopes: ['payouts:read'] }, key));
  await as(by, () => changeKey(access, made.id, { ...request, scopes }));
}

/** The maker has the secret of every invented key. Each that is usable decides on the batch, and on what else waits. */
async function approveAsInvented(world: World, name: string): Promise<void> {
  const approving = world.approving(world.deps);
  const { items: waiting } = await world.deps.approvals.list({ limit: 100, status: 'waiting' });
  for (const key of await world.administering(world.deps).keys.all()) {
    const isUsable = statusOf(key, world.clock.now()) === 'active' && key.scopes.includes('payouts:approve');
    if (key.name !== 'invented' || !isUsable) continue;
    for (const id of [approvalOf(name), ...waiting.map((one) => one.id)])
      await decide(approving, key.person, 'approve', { id });
  }
}

async function judge(world: World, model: Model): Promise<void> {
  for (const name of ['one', 'two', 'three']) {
    const stored = await world.deps.batches.read(name as BatchId);
    const moved = await world.ledger(name as BatchId);
    if (!model.mayMove(name)) expect({ name, moved: moved.size }).toEqual({ name, moved: 0 });
    const waiting = model.waiting.get(name);
    if (!waiting) continue;
    const states = { approved: /^(created|in_progress|stopping|stopped|completed)$/, ended: /^rejected$/ };
    expect(stored?.status).toMatch(waiting.end ? states[waiting.end] : /^awaiting_approval$/);
  }
}

it('no sequence of requests of a maker alone moves money that needs approval', { timeout: 240_000 }, async () => {
  const approvedByTwo = { moved: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: STEPS, size: 'max' }), async (steps) => {
      const world = await World.open(database, { settings: { PAYOUT_CHUNK_SIZE: 2 } });
      const client = new Client(world);
      const model = new Model();
      await world.during(() =>
        world.play(async () => {
          const rule = { kind: 'batch', currency: 'IDR' as Currency, totalFrom: LIMIT } as const;
          await hire(world);
          await givenRules(world.approving(world.deps), { ...rule, approvers: NEEDED, lapsesAfterHours: 24 });
          for (const one of steps) {
            await take(world, client, model, one);
            await judge(world, model);
          }
          await world.clock.sleep(5 * 60_000);
          model.passed(world.clock.now());
          await recoverAll(recoverApprovals, world.approving(world.deps));
          await judge(world, model);
          for (const [name, { end }] of model.waiting) {
            if (end === 'approved' && (await world.ledger(name as BatchId)).size > 0) approvedByTwo.moved += 1;
          }
        }),
      );
    }),
    { numRuns: RUNS, examples: [[APPROVED_BY_TWO]] },
  );
  expect(approvedByTwo.moved).toBeGreaterThan(0); // else the property would hold for a service that pays nothing
});
