import { handler as recoverApprovals } from '../../functions/access/recover-approvals.ts';
import { handler as payChunk } from '../../functions/payouts/pay-chunk.ts';
import { handler as recoverBatches } from '../../functions/payouts/recover-batches.ts';
import { handler as recordDeadLetters } from '../../functions/recovery/record-dead-letters.ts';
import { type Approval, type ApprovalStatus, approvalIdFor } from '../../lib/access/approval.ts';
import { approvalOfItem, policyItem, policyKey } from '../../lib/access/dynamo-approval-items.ts';
import type { Unit } from '../../lib/kernel/money.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';
import { type Batch, isFinished } from '../../lib/payouts/batch.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { differencesInLimits, reservedBy } from '../../scripts/verify/limits-checks.ts';
import { batchesIn, differencesInBatch } from '../../scripts/verify/payouts-checks.ts';
import { aPrincipal } from '../support/http.ts';
import {
  administrator,
  decideOnAny,
  fund,
  hire,
  judgeChanges,
  LARGE_WITHDRAWAL,
  officer,
  payer,
  setChanges,
} from './approved-changes.ts';
import { Actor, crowd } from './client.ts';
import type { Domain } from './domain.ts';
import type { SimulatedWorld } from './world.ts';

/*
 * Batches and withdrawals of two makers, of which the large ones need approval, removals from the deny-list and keys, and three
 * persons who decide. Everybody has every scope, so that only the rules keep makers from what they ask for.
 */

const BATCHES = ['red', 'blue', 'green', 'black'];
const MAKERS = ['maker 1', 'maker 2'];
const APPROVERS = ['approver 1', 'approver 2', 'approver 3'];
/** In minor units. */
const LARGE = 100_000n;
/** Some of the makers' batches are beyond it. */
const LIMIT = 800_000n;
/** Less than what is left after the faults, so that approvals lapse. */
const LAPSES_AFTER_MS = 4 * 60_000;

const keyOf = (person: string) =>
  aPrincipal({
    person,
    keyId: `key_${person.replace(' ', '')}` as KeyId,
    limits: { maxPerDay: { IDR: `${LIMIT}`, ETH: '400' } },
  });

/** What persons have asked for, whether or not there was an answer. */
type Asked = { readonly makers: Map<string, Set<string>>; readonly approvers: Map<string, Set<string>> };
const asked = new WeakMap<SimulatedWorld, Asked>();
const askedIn = (world: SimulatedWorld): Asked => {
  const known = asked.get(world) ?? { makers: new Map(), approvers: new Map() };
  asked.set(world, known);
  return known;
};
const add = (to: Map<string, Set<string>>, name: string, person: string) =>
  to.set(name, (to.get(name) ?? new Set()).add(person));

const APPROVALS_NEEDED = 2;

export const approvals: Domain = {
  name: 'approvals',
  tables: ['PAYOUTS_TABLE', 'ACCESS_TABLE', 'WITHDRAWALS_TABLE', 'WALLETS_TABLE'],

  set(world) {
    world.queues.consume('chunks', payChunk, { batchSize: 1, atOnce: world.chance.between(1, 4), timeoutMs: 20_000 });
    world.queues.consume('chunks', recordDeadLetters, { ofDead: true });
    world.everyMinute('recoverBatches', recoverBatches);
    world.everyMinute('recoverApprovals', recoverApprovals);
    setChanges(world);
  },

  async play(world) {
    const rule = { kind: 'batch', currency: 'IDR' as Unit, totalFrom: LARGE, approvers: APPROVALS_NEEDED } as const;
    const large = { kind: 'withdrawal', currency: 'ETH' as Unit, totalFrom: LARGE_WITHDRAWAL, approvers: 1 } as const;
    const removal = { kind: 'deny_list_removal', approvers: 1 } as const;
    const rules = [rule, large, removal].map((one) => ({ ...one, lapsesAfterHours: LAPSES_AFTER_MS / 3_600_000 }));
    await world.put('ACCESS_TABLE', { ...policyItem({ version: 1, rules }), ...policyKey() });
    const [firstApprover = ''] = APPROVERS;
    await hire(new Actor(world, 'owner'), firstApprover);
    await fund(new Actor(world, 'bank'));
    watchArrivals(world);
    const { makers } = askedIn(world);
    const [first = '', second = ''] = MAKERS;
    await Promise.all([
      crowd(world, { kind: 'payer', many: 4, withinMs: 30_000 }, (actor, nth) => {
        const person = MAKERS[nth % MAKERS.length] ?? '';
        return payer(actor, keyOf(person), nth, (id) => add(makers, id, person));
      }),
      crowd(world, { kind: 'officer', many: 1, withinMs: 20_000 }, (actor) => officer(actor, keyOf(first))),
      crowd(world, { kind: 'administrator', many: 1, withinMs: 20_000 }, (actor) =>
        administrator(actor, keyOf(second), [...APPROVERS, 'newcomer']),
      ),
      crowd(world, { kind: 'maker', many: BATCHES.length, withinMs: 30_000 }, (actor, nth) =>
        maker(world, actor, { batch_id: BATCHES[nth] ?? '', person: MAKERS[nth % MAKERS.length] ?? '' }),
      ),
      crowd(world, { kind: 'approver', many: APPROVERS.length, withinMs: 20_000 }, (actor, nth) =>
        approver(world, actor, APPROVERS[nth] ?? ''),
      ),
    ]);
  },

  /** What still waits lapses. */
  async settle(world) {
    const operator = new Actor(world, 'the last operator');
    await operator.insist('startProcessor');
    await operator.insist('redriveWithdrawals');
    for (const batch_id of BATCHES) {
      await operator.insist('redriveBatch', { path: { batch_id } });
      await operator.insist('startBatch', { path: { batch_id } });
    }
  },

  async judge(world, isOver) {
    const items = await world.items('PAYOUTS_TABLE');
    const access = await world.items('ACCESS_TABLE');
    const batches = items.filter(({ sk }) => sk === 'BATCH').map(batchOf);
    for (const [id, own] of batchesIn(items)) {
      const ledger = world.rails.audit.instructions({ prefix: `${id}.` }).instructions;
      for (const { message } of differencesInBatch(id, { ...own, ledger })) world.find(message);
    }
    const stored = new Map(
      access.filter(({ sk }) => sk === 'APPROVAL').map((item) => [approvalOfItem(item).id, approvalOfItem(item)]),
    );
    const withdrawals = await judgeChanges(world, [...stored.values()], isOver);
    const reserved = [...batches, ...withdrawals].flatMap(reservedBy);
    for (const { message } of differencesInLimits(access, reserved)) world.find(message);
    for (const batch of batches) {
      judgeBatch(world, batch, stored.get(approvalIdFor('batch', batch.id)));
      const isEnded = isFinished(batch.status) || batch.status === 'rejected' || batch.status === 'creating';
      // A batch without auto_start is started by the last operator, unless it was approved after that.
      const isLate = batch.status === 'created' && !batch.autoStart;
      if (isOver && !isEnded && !isLate) world.find(`${batch.id} is still ${batch.status}`);
    }
  },
};

const STATES: Readonly<Record<ApprovalStatus, readonly Batch['status'][]>> = {
  waiting: ['awaiting_approval'],
  rejected: ['rejected'],
  lapsed: ['rejected'],
  approved: ['created', 'in_progress', 'stopping', 'stopped', 'completed', 'partially_completed', 'failed'],
  cancelled: ['cancelling', 'cancelled'],
};

/** A batch and its approval move together. */
function judgeBatch(world: SimulatedWorld, batch: Batch, approval: Approval | undefined): void {
  const total = [...batch.amounts.values()].reduce((sum, minor) => sum + minor, 0n);
  const { id, status } = batch;
  if (total >= LARGE !== (batch.approval !== undefined)) world.find(`${id} of ${total} has ${batch.approval?.id}`);
  if (!approval) {
    if (batch.approval && status !== 'creating') world.find(`${id} is ${status} without an approval`);
    return;
  }
  if (!STATES[approval.status].includes(status)) world.find(`${id} is ${status}, its approval ${approval.status}`);
}

/** Nothing of a large batch or withdrawal arrives before enough other persons have asked to approve its content. */
function watchArrivals(world: SimulatedWorld): void {
  const { makers, approvers } = askedIn(world);
  world.rails.onArrival((instruction) => {
    const name = instruction.split('.', 1)[0] ?? '';
    if (!makers.has(name)) return;
    const others = [...(approvers.get(name) ?? [])].filter((person) => !makers.get(name)?.has(person));
    if (others.length < (name.startsWith('wdr_') ? 1 : APPROVALS_NEEDED)) {
      world.find(`${instruction} arrived, and only ${others.join(', ') || 'nobody'} has asked to approve it`);
    }
  });
}

async function maker(
  world: SimulatedWorld,
  actor: Actor,
  { batch_id, person }: { batch_id: string; person: string },
): Promise<void> {
  const { chance } = actor;
  const by = keyOf(person);
  const most = chance.oneOf([100, 900]);
  const payouts = Array.from({ length: chance.between(1, 7) }, (_, index) => ({
    vendor_id: `vendor-${index}`,
    vendor_name: `Vendor ${index}`,
    amount: chance.between(1, most),
    currency: 'IDR',
    bank_account: `10020030${index}`,
    bank_name: 'BCA',
    transaction_ids: [],
  }));
  const total = payouts.reduce((sum, { amount }) => sum + BigInt(amount) * 100n, 0n);
  if (total >= LARGE) add(askedIn(world).makers, batch_id, person);
  const path = { batch_id };
  await actor.insist('createBatch', { by, body: { batch_id, payouts, auto_start: chance.isTrue(0.7) } });
  for (let turns = chance.between(1, 6); turns > 0; turns -= 1) {
    await actor.pause(100, 40_000);
    await actor.ask(chance.oneOf(['startBatch', 'retryFailed', 'redriveBatch', 'stopBatch'] as const), { by, path });
    if (chance.isTrue(0.3)) await decide(world, actor, { by, verdict: 'approve', batch: batch_id });
    if (chance.isTrue(0.3)) await decideOnAny(actor, by, (subject) => add(askedIn(world).approvers, subject, person));
    await actor.ask('startBatch', { by, path });
  }
}

type Deciding = {
  readonly by: ReturnType<typeof keyOf>;
  readonly verdict: 'approve' | 'reject';
  readonly batch: string;
  /** The batch whose approval the person has read. */
  readonly sees?: string;
};

async function decide(world: SimulatedWorld, actor: Actor, { by, verdict, batch, sees = batch }: Deciding) {
  const path = { approval_id: approvalIdFor('batch', batch) };
  const seen = await actor.ask('getApproval', { by, path: { approval_id: approvalIdFor('batch', sees) } });
  if (seen?.status !== 200) return;
  const { digest } = seen.body as { digest: string };
  const reason = `${by.person} has read it`;
  if (verdict === 'reject') return void (await actor.ask('reject', { by, path, body: { reason } }));
  if (sees === batch) add(askedIn(world).approvers, batch, by.person);
  const answer = await actor.ask('approve', { by, path, body: { reason, digest } });
  if (answer?.status === 200 && sees !== batch) world.find(`${batch} was approved with the digest of ${sees}`);
}

async function approver(world: SimulatedWorld, actor: Actor, person: string): Promise<void> {
  const { chance } = actor;
  const by = keyOf(person);
  for (let turns = chance.between(4, 14); turns > 0; turns -= 1) {
    await actor.pause(500, 25_000);
    const batch = chance.oneOf(BATCHES);
    const sees = chance.isTrue(0.2) ? chance.oneOf(BATCHES) : batch;
    await decide(world, actor, { by, verdict: chance.isTrue(0.1) ? 'reject' : 'approve', batch, sees });
    if (chance.isTrue(0.7)) await decideOnAny(actor, by, (subject) => add(askedIn(world).approvers, subject, person));
  }
}
