import { handler as processWithdrawals } from '../../functions/withdrawals/process-withdrawals.ts';
import { handler as recoverWithdrawals } from '../../functions/withdrawals/recover-withdrawals.ts';
import type { Approval, ApprovalStatus } from '../../lib/access/approval.ts';
import { keyOf } from '../../lib/access/items.ts';
import type { ApiKey } from '../../lib/access/key.ts';
import type { Item } from '../../lib/kernel/codec.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Principal } from '../../lib/kernel/principal.ts';
import type { UserId } from '../../lib/ledger/index.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { isTerminal, type Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Actor } from './client.ts';
import { judgeBooks } from './withdrawals.ts';
import type { SimulatedWorld } from './world.ts';

/*
 * What waits for approval besides batches: withdrawals, removals from the deny-list, keys that can decide, and higher limits.
 */

const USER = 'ana' as UserId;
const DESTINATION = '0x52908400098527886E0F7030069857D2E4169EE7';
const DENIED = { network: 'ethereum', address: '0x8617E340B3D01FA5F11F306F4090FD50E238070D' };
/** From this amount on a withdrawal needs an approval. */
export const LARGE_WITHDRAWAL = 60n;

export function setChanges(world: SimulatedWorld): void {
  world.queues.consume('withdrawals', processWithdrawals as never, { batchSize: 1 });
  world.everyMinute('recoverWithdrawals', recoverWithdrawals as never);
}

/** The first approver has a key, so that other keys wait for one. */
export async function hire(owner: Actor, person: string): Promise<void> {
  const body = { name: person, person, scopes: ['payouts:approve'], limits: {} };
  await owner.insist('createKey', { body, headers: { 'Idempotency-Key': person } });
}

export async function fund(bank: Actor): Promise<void> {
  await bank.insist('createWallet', { body: { user_id: USER, currency: 'ETH' } });
  const headers = { 'Idempotency-Key': 'deposit' };
  await bank.insist('createDeposit', { path: { user_id: USER }, body: { amount: '900', currency: 'ETH' }, headers });
}

/** @param onLarge called with the id of a withdrawal that needs an approval, before it is asked for */
export async function payer(actor: Actor, by: Principal, nth: number, onLarge: (id: string) => void): Promise<void> {
  const { chance } = actor;
  const key = `payer-${nth}`;
  const amount = chance.between(20, 150);
  const withdrawal_id = withdrawalIdOf(USER, key as IdempotencyKey);
  if (BigInt(amount) >= LARGE_WITHDRAWAL) onLarge(withdrawal_id);
  const body = {
    ...{ idempotency_key: key, user_id: USER, asset: 'ETH', amount: `${amount}`, network: 'ethereum' },
    ...{ destination_address: DESTINATION, max_retries: 2, source: chance.isTrue(0.8) ? 'wallet' : 'external' },
  };
  await actor.insist('createWithdrawal', { by, body });
  for (let turns = chance.between(1, 4); turns > 0; turns -= 1) {
    await actor.pause(100, 40_000);
    await actor.ask(chance.oneOf(['retryWithdrawal', 'getWithdrawal'] as const), { by, path: { withdrawal_id } });
    if (chance.isTrue(0.3)) await actor.ask('redriveWithdrawals', { by });
  }
}

/** Denies an address, and asks to allow it again. */
export async function officer(actor: Actor, by: Principal): Promise<void> {
  for (let turns = actor.chance.between(1, 4); turns > 0; turns -= 1) {
    await actor.insist('denyAddress', { by, path: DENIED, body: { reason: `turn ${turns}` } });
    await actor.pause(1_000, 30_000);
    await actor.ask('allowAddress', { by, path: DENIED });
    await actor.pause(1_000, 30_000);
  }
}

/** Makes keys that can decide, and raises the limit of another one. */
export async function administrator(actor: Actor, by: Principal, persons: readonly string[]): Promise<void> {
  const { chance } = actor;
  const headers = (key: string) => ({ 'Idempotency-Key': `${by.person} ${key}` });
  const limited = (minor: number) => ({ max_per_day: { IDR: minor } });
  const body = { name: 'payroll', person: 'payroll', scopes: ['payouts:write'], limits: limited(1_000) };
  const made = await actor.insist('createKey', { by, body, headers: headers('payroll') });
  const { key_id } = (made?.body ?? {}) as { key_id?: string };
  for (let turns = chance.between(1, 4); turns > 0; turns -= 1) {
    await actor.pause(1_000, 30_000);
    const decides = { name: 'new', person: chance.oneOf(persons), scopes: ['payouts:approve'], limits: {} };
    await actor.insist('createKey', { by, body: decides, headers: headers(`${turns}`) });
    await actor.pause(1_000, 30_000);
    // Higher each time: a lower limit needs no approval.
    const { person: _, ...settings } = { ...body, limits: limited(2_000 - turns) };
    if (key_id) await actor.ask('changeKey', { by, path: { key_id }, body: settings });
  }
}

/** Decides on something that waits, whoever asked for it. @param onApprove called before it asks to approve */
export async function decideOnAny(actor: Actor, by: Principal, onApprove: (subject: string) => void): Promise<void> {
  const listed = await actor.ask('listApprovals', { by, query: { status: 'waiting' } });
  const { approvals = [] } = (listed?.body ?? {}) as { approvals?: readonly { approval_id: string }[] };
  const approval_id = actor.chance.oneOf(approvals)?.approval_id;
  if (approval_id === undefined) return;
  const path = { approval_id };
  const seen = await actor.ask('getApproval', { by, path });
  if (seen?.status !== 200) return;
  const { digest, subject_id: subject } = seen.body as { digest: string; subject_id: string };
  const reason = 'read';
  if (actor.chance.isTrue(0.2)) return void (await actor.ask('reject', { by, path, body: { reason } }));
  onApprove(subject);
  await actor.ask('approve', { by, path, body: { reason, digest } });
}

/** Decisions are those of other persons, and what they are about has moved with them. @returns the withdrawals */
export async function judgeChanges(
  world: SimulatedWorld,
  approvals: readonly Approval[],
  isOver: boolean,
): Promise<Withdrawal[]> {
  for (const approval of approvals) judgeDecisions(world, approval);
  const withdrawals = await judgeBooks(world);
  for (const one of withdrawals) {
    judgeWithdrawal(
      world,
      one,
      approvals.find(({ subject }) => subject === one.id),
    );
    if (isOver && !isTerminal(one)) world.find(`${one.id} is still ${one.status}`);
  }
  const keys = (await world.items('ACCESS_TABLE')).filter(({ pk }) => pk === 'KEYS').map(keyOf);
  for (const key of keys) {
    judgeKey(
      world,
      key,
      approvals.filter(({ subject }) => subject === key.id),
    );
  }
  await judgeRemovals(world, approvals);
  return withdrawals;
}

function judgeDecisions(world: SimulatedWorld, { id, status, approvers, maker, beneficiary, decisions }: Approval) {
  const persons = decisions.map(({ person }) => person);
  if (new Set(persons).size < persons.length) world.find(`${id}: one of ${persons.join(', ')} decided twice`);
  if (persons.includes(maker.person)) world.find(`${id}: its maker ${maker.person} decided about it`);
  if (persons.some((person) => person === beneficiary)) world.find(`${id}: ${beneficiary} decided about an own key`);
  const approved = decisions.filter(({ verdict }) => verdict === 'approve').length;
  if (status === 'approved' && approved < approvers) world.find(`${id} is approved by ${approved} of ${approvers}`);
}

const ENDED: ReadonlySet<ApprovalStatus> = new Set(['rejected', 'lapsed']);

function judgeWithdrawal(world: SimulatedWorld, { id, status, money }: Withdrawal, approval?: Approval): void {
  if (money.minor >= LARGE_WITHDRAWAL !== (approval !== undefined)) world.find(`${id} has ${approval?.id}`);
  if (!approval) return;
  const isRight =
    (status === 'AWAITING_APPROVAL') === (approval.status === 'waiting') &&
    (status === 'REJECTED') === ENDED.has(approval.status);
  if (!isRight) world.find(`${id} is ${status}, its approval ${approval.status}`);
}

/** Nothing of these keys changes without an approval: each raises its version by one, and so does their end. */
function judgeKey(world: SimulatedWorld, { id, version, awaits, revokedAt, scopes }: ApiKey, approvals: Approval[]) {
  const changes = approvals.filter(({ status }) => status === 'approved').length + (revokedAt === undefined ? 0 : 1);
  if (version !== 1 + changes) world.find(`${id} has version ${version} after ${changes} approved changes`);
  const [creation] = scopes.includes('payouts:approve') ? approvals : [];
  if (!creation) return;
  const isRight =
    (awaits === undefined) === (creation.status === 'approved') &&
    (revokedAt !== undefined) === ENDED.has(creation.status);
  if (!isRight) world.find(`${id} is ${awaits ? 'waiting' : 'usable'}, its approval ${creation.status}`);
}

/** An address leaves the list once for each approved removal. */
async function judgeRemovals(world: SimulatedWorld, approvals: readonly Approval[]): Promise<void> {
  const removed = approvals.filter(({ kind, status }) => kind === 'deny_list_removal' && status === 'approved').length;
  const events = (await world.items('EVENTS_TABLE')).filter(({ pk }) => `${pk}`.startsWith('SUBJECT#'));
  const allowed = events.filter((item: Item) => item.type === 'address.allowed').length;
  if (allowed !== removed) world.find(`an address was allowed ${allowed} times, with ${removed} approved removals`);
  const isListed = (await world.items('WITHDRAWALS_TABLE')).some(({ sk }) => sk === 'DENIED');
  const wasDenied = events.some(({ type }) => type === 'address.denied');
  if (wasDenied && removed === 0 && !isListed) world.find('an address has left the deny-list without an approval');
}
