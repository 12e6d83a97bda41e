import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ApprovalId, approvalIdFor } from '../../lib/access/approval.ts';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { allowAddress, denyAddress } from '../../lib/withdrawals/deny-list.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import { as, decide, givenRules } from '../support/approvals.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { ANA, ETH, ethRequest, expectSound, WithdrawalsWorld } from '../support/withdrawals-world.ts';

/*
 * Random sequences of requests of two makers and two approvers about withdrawals and the deny-list, against a model of who has
 * decided what. Everybody has every scope, so only the rules keep makers from what they ask for.
 */

const RUNS = 25;
const STEPS = 30;
const HOUR_MS = 3_600_000;
const LAPSES_AFTER_MS = 24 * HOUR_MS;
/** In wei. From this amount on a withdrawal needs another person. */
const LARGE = 300;
const DENIED = { network: 'ethereum', address: '0x8617E340B3D01FA5F11F306F4090FD50E238070D' } as const;

const database = await givenADatabase();

const name = fc.constantFrom('one', 'two');
const person = fc.constantFrom('maker-1', 'maker-2', 'approver-1', 'approver-2');
const kind = <Kind extends string>(...kinds: Kind[]) => fc.constantFrom(...kinds);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: kind('create'), by: person, name, isLarge: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('approve', 'approve', 'reject'), by: person, name }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('retry', 'message'), by: person, name }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: kind('deny', 'allow', 'approveRemoval', 'rejectRemoval'), by: person, name }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('wait'), by: person, name, ms: fc.constantFrom(60_000, 26 * HOUR_MS) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** So that money moves, and an address leaves the list, after an approval at least once. */
const APPROVED: Step[] = [
  { kind: 'create', by: 'maker-1', name: 'one', isLarge: true },
  { kind: 'approve', by: 'approver-1', name: 'one' },
  { kind: 'deny', by: 'maker-1', name: 'one' },
  { kind: 'allow', by: 'maker-1', name: 'one' },
  { kind: 'approveRemoval', by: 'approver-1', name: 'one' },
];

type Waiting = { readonly maker: string; readonly lapsesAt: number; end?: 'approved' | 'ended' };
const isOpen = ({ end, lapsesAt }: Waiting, now: number) => end === undefined && now < lapsesAt;

class Model {
  /** Withdrawals that need approval. */
  readonly waiting = new Map<string, Waiting>();
  readonly free = new Set<string>();
  /** The latest removal that was asked for, and the denial that it is about. */
  removal: (Waiting & { readonly id: ApprovalId; readonly denial: number }) | undefined;
  /** The number of the denial, if the address is denied. */
  denial: number | undefined;
  denials = 0;

  decided(one: Waiting | undefined, by: string, verdict: 'approve' | 'reject', now: number): void {
    if (!one || one.end || by === one.maker) return;
    one.end = verdict === 'approve' && isOpen(one, now) ? 'approved' : 'ended';
  }

  passed(now: number): void {
    for (const one of [...this.waiting.values(), ...(this.removal ? [this.removal] : [])]) {
      if (!one.end && now >= one.lapsesAt) one.end = 'ended';
    }
  }
}

const idOf = (key: string) => withdrawalIdOf(ANA, key as IdempotencyKey);

async function take(world: WithdrawalsWorld, model: Model, one: Step): Promise<void> {
  const approving = world.approving();
  const now = world.clock.now();
  const id = idOf(one.name);
  switch (one.kind) {
    case 'create': {
      const request = ethRequest(one.isLarge ? LARGE : 100);
      const isMade = await answers(one, () => createWithdrawal(world.deps, request, one.name as IdempotencyKey));
      if (!isMade || model.waiting.has(one.name) || model.free.has(one.name)) return;
      if (one.isLarge) model.waiting.set(one.name, { maker: one.by, lapsesAt: now + LAPSES_AFTER_MS });
      else model.free.add(one.name);
      return;
    }
    case 'approve':
    case 'reject':
      await answers(one, () => decide(approving, one.by, one.kind, { id: approvalIdFor('withdrawal', id) }));
      return model.decided(model.waiting.get(one.name), one.by, one.kind, now);
    case 'retry':
      return void (await answers(one, () => retryWithdrawal(world.deps, id)));
    case 'message':
      return world.queue.send([{ withdrawalId: id }] as never);
    case 'deny': {
      const isNew = model.denial === undefined;
      await as(one.by, () => denyAddress(world.deps, { ...DENIED, reason: 'fraud' }));
      if (isNew) model.denial = ++model.denials;
      return;
    }
    case 'allow': {
      if (model.denial === undefined) return;
      const approval = await as(one.by, () => allowAddress(world.deps, DENIED));
      if (!approval) throw new Error('the removal does not wait');
      model.removal = { id: approval.id, maker: one.by, lapsesAt: now + LAPSES_AFTER_MS, denial: model.denial };
      return;
    }
    case 'approveRemoval':
    case 'rejectRemoval':
      return decideOnRemoval(world, model, one);
    case 'wait':
      world.clock.jump(one.ms);
      await recoverAll(recoverApprovals, approving);
      return model.passed(world.clock.now());
  }
}

async function decideOnRemoval(world: WithdrawalsWorld, model: Model, { kind, by }: Step): Promise<void> {
  const { removal } = model;
  if (!removal) return;
  const verdict = kind === 'approveRemoval' ? 'approve' : 'reject';
  const now = world.clock.now();
  const isOfThisDenial = removal.denial === model.denial;
  await decide(world.approving(), by, verdict, removal);
  // Of another denial it stays undecided.
  if (verdict === 'approve' && !isOfThisDenial && isOpen(removal, now)) return;
  const wasOpen = removal.end === undefined;
  model.decided(removal, by, verdict, now);
  if (wasOpen && removal.end === 'approved') model.denial = undefined;
}

/** @returns whether the service did it. An AppError is an answer. */
async function answers({ by }: Step, request: () => Promise<unknown>): Promise<boolean> {
  const answer = await as(by, request).catch((error: unknown) => error);
  if (answer instanceof Error && !(answer instanceof AppError)) throw answer;
  return !(answer instanceof AppError);
}

const STATUSES = { approved: /^(PENDING|PROCESSING|COMPLETED)$/, ended: /^REJECTED$/ };

async function judge(world: WithdrawalsWorld, model: Model): Promise<void> {
  const books = await world.books();
  expectSound(books); // each hold is released or captured once
  for (const [key, { end }] of model.waiting) {
    const status = books.withdrawals.find(({ id }) => id === idOf(key))?.status;
    expect(status).toMatch(end ? STATUSES[end] : /^AWAITING_APPROVAL$/);
    if (end !== 'approved') expect({ key, moved: books.moved.has(idOf(key)) }).toEqual({ key, moved: false });
  }
  const isDenied = await world.deps.denyList.has(DENIED.network, DENIED.address.toLowerCase());
  expect(isDenied).toBe(model.denial !== undefined);
}

it('no sequence of requests of a maker alone sends a withdrawal or allows an address', {
  timeout: 120_000,
}, async () => {
  const approved = { moved: 0, removed: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: STEPS, size: 'max' }), (steps) =>
      WithdrawalsWorld.playing(database, {}, async (world) => {
        const model = new Model();
        await world.furnish(1_000);
        const rule = { approvers: 1, lapsesAfterHours: LAPSES_AFTER_MS / HOUR_MS };
        await givenRules(
          world.approving(),
          { kind: 'withdrawal', currency: ETH, totalFrom: BigInt(LARGE), ...rule },
          { kind: 'deny_list_removal', ...rule },
        );
        for (const one of steps) {
          await take(world, model, one);
          await judge(world, model);
        }
        world.clock.jump(LAPSES_AFTER_MS);
        await recoverAll(recoverApprovals, world.approving());
        model.passed(world.clock.now());
        await judge(world, model);
        const { withdrawals } = await world.settled();
        approved.moved += withdrawals.filter(({ id, status }) => status === 'COMPLETED' && id === idOf('one')).length;
        approved.removed += model.denials > 0 && model.denial === undefined ? 1 : 0;
      }),
    ),
    { numRuns: RUNS, examples: [[APPROVED]] },
  );
  // Else the property would hold for a service that does nothing.
  expect(approved.moved).toBeGreaterThan(0);
  expect(approved.removed).toBeGreaterThan(0);
});
