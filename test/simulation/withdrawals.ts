import { handler as recordDeadLetters } from '../../functions/recovery/record-dead-letters.ts';
import { handler as processWithdrawals } from '../../functions/withdrawals/process-withdrawals.ts';
import { handler as recoverWithdrawals } from '../../functions/withdrawals/recover-withdrawals.ts';
import { PROCESSOR_KEY, withdrawalOf } from '../../lib/withdrawals/items.ts';
import {
  isTerminal,
  WITHDRAWAL_TRANSITIONS,
  type Withdrawal,
  type WithdrawalStatus,
} from '../../lib/withdrawals/withdrawal.ts';
import { reservedBy } from '../../scripts/verify/limits-checks.ts';
import { Books } from '../../scripts/verify/wallets-books.ts';
import { differencesInAccount } from '../../scripts/verify/wallets-checks.ts';
import { differencesInWithdrawal } from '../../scripts/verify/withdrawals-checks.ts';
import { Actor, crowd } from './client.ts';
import type { Domain } from './domain.ts';
import { findLateSend } from './late-sends.ts';
import { clientKey, judgeLimits } from './limits.ts';
import { Signal } from './signal.ts';
import type { Reply, SimulatedWorld } from './world.ts';

const ADDRESSES = ['0x52908400098527886E0F7030069857D2E4169EE7', '0x8617E340B3D01FA5F11F306F4090FD50E238070D'];
const USERS = ['ana', 'ben'];

type View = { withdrawal_id: string; status: WithdrawalStatus };
const viewIn = (reply: Reply | undefined) => (reply?.body as { withdrawal?: View } | undefined)?.withdrawal;

export const withdrawals: Domain = {
  name: 'withdrawals',
  tables: ['WITHDRAWALS_TABLE', 'WALLETS_TABLE', 'ACCESS_TABLE'],

  set(world) {
    const work = async (event: never, context: never) => {
      workBegins(world).happens();
      return processWithdrawals(event, context);
    };
    let stopStored = Number.POSITIVE_INFINITY;
    world.onWrite(({ pk, values: { stopped } }) => {
      if (pk === PROCESSOR_KEY.pk && stopped !== undefined)
        stopStored = stopped ? world.schedule.now : Number.POSITIVE_INFINITY;
    });
    world.rails.onSend((id) => findLateSend(world, id, 'the stop of the processor', stopStored));
    world.queues.consume('withdrawals', work as never, { batchSize: world.chance.between(1, 5) });
    world.queues.consume('withdrawals', recordDeadLetters, { ofDead: true });
    world.everyMinute('recoverWithdrawals', recoverWithdrawals as never);
  },

  async play(world) {
    const bank = new Actor(world, 'bank');
    for (const user of USERS) {
      await bank.insist('createWallet', { body: { user_id: user, currency: 'ETH' } });
      const headers = { 'Idempotency-Key': `deposit-${user}` };
      const body = { amount: `${bank.chance.between(200, 900)}`, currency: 'ETH' };
      await bank.insist('createDeposit', { path: { user_id: user }, body, headers });
    }
    const many = world.chance.between(5, 16);
    const denied: Denied = new Map();
    const key = clientKey(world, 'ETH', 50, 1_000);
    await Promise.all([
      crowd(world, { kind: 'user', many, withinMs: 60_000, key }, (actor, nth) =>
        client(world, actor, { nth, denied }),
      ),
      crowd(world, { kind: 'operator', many: 1, withinMs: 20_000 }, (actor) => operator(world, actor)),
      crowd(world, { kind: 'officer', many: 1, withinMs: 20_000 }, (actor) => officer(actor, denied)),
    ]);
  },

  async settle(world) {
    const operator = new Actor(world, 'the last operator');
    await operator.insist('startProcessor');
    await operator.insist('redriveWithdrawals');
  },

  async judge(world, isOver) {
    const all = await judgeBooks(world);
    await judgeLimits(world, all.flatMap(reservedBy));
    if (isOver) for (const each of all) if (!isTerminal(each)) world.find(`${each.id} is still ${each.status}`);
  },
};

/** Withdrawals, the entries of wallets and what the chain has moved agree. @returns the withdrawals */
export async function judgeBooks(world: SimulatedWorld): Promise<Withdrawal[]> {
  const all = (await world.items('WITHDRAWALS_TABLE')).filter(({ sk }) => sk === 'WITHDRAWAL').map(withdrawalOf);
  const books = new Books();
  for (const item of await world.items('WALLETS_TABLE')) books.add(item);
  const { instructions } = world.rails.audit.instructions({ prefix: 'wdr_' });
  const moved = new Map(instructions.map((row) => [row.instruction, row]));
  const byId = new Map<string, (typeof all)[number]>(all.map((each) => [each.id, each]));
  for (const id of new Set([...byId.keys(), ...moved.keys(), ...books.withdrawn.keys()])) {
    const evidence = { withdrawal: byId.get(id), moved: moved.get(id), entries: books.withdrawn.get(id) ?? [] };
    for (const { message } of differencesInWithdrawal(id, evidence)) world.find(message);
  }
  for (const [user, account] of books.accounts) {
    for (const { message } of differencesInAccount(user, account)) world.find(message);
  }
  for (const unreadable of books.unreadable) world.find(unreadable);
  return all;
}

/** Destinations that are certainly denied, each with the number of its denial: it may be allowed and denied again. */
type Denied = Map<string, number>;

async function client(
  world: SimulatedWorld,
  actor: Actor,
  { nth, denied }: { readonly nth: number; readonly denied: Denied },
): Promise<void> {
  const { chance } = actor;
  const body = {
    idempotency_key: `key-${nth}`,
    user_id: chance.oneOf(USERS),
    asset: 'ETH',
    amount: `${chance.between(1, 120)}`,
    destination_address: chance.oneOf(ADDRESSES),
    network: 'ethereum',
    max_retries: chance.between(0, 3),
    source: chance.isTrue(0.8) ? 'wallet' : 'external',
  };
  const denial = denied.get(body.destination_address);
  const copies = chance.isTrue(0.3) ? 3 : 1;
  const replies = await Promise.all(Array.from({ length: copies }, () => actor.insist('createWithdrawal', { body })));
  const views = replies.flatMap((reply) => viewIn(reply) ?? []);
  if (new Set(views.map((view) => view.withdrawal_id)).size > 1) world.find(`key-${nth} has two withdrawals`);
  let seen = views[0];
  if (seen && denial !== undefined && denied.get(body.destination_address) === denial) {
    world.find(`${seen.withdrawal_id} was accepted although its destination is denied`);
  }
  if (seen && chance.isTrue(0.5)) await readByKey(world, actor, seen, body);
  for (let looks = chance.between(0, 8); seen && looks > 0; looks -= 1) {
    await actor.pause(100, 40_000);
    const path = { withdrawal_id: seen.withdrawal_id };
    if (seen.status === 'FAILED' && chance.isTrue(0.5)) await actor.ask('retryWithdrawal', { path });
    const now = viewIn(await actor.ask('getWithdrawal', { path }));
    if (now && !canReach(seen.status, now.status))
      world.find(`${now.withdrawal_id}: ${seen.status}, then ${now.status}`);
    seen = now ?? seen;
  }
}

/** An accepted withdrawal is found by its key, and in the list. */
async function readByKey(
  world: SimulatedWorld,
  actor: Actor,
  { withdrawal_id: id }: View,
  { user_id, idempotency_key: key }: { user_id: string; idempotency_key: string },
): Promise<void> {
  const found = await actor.ask('getWithdrawalByKey', { path: { key }, query: { user_id } });
  const view = viewIn(found);
  if (found && found.status < 500 && view?.withdrawal_id !== id)
    world.find(`${key} is the key of ${id}, but the answer is ${found.status}`);
  await actor.pause(5_000, 10_000); // the index of the list lags
  const listed = await actor.ask('listWithdrawals', { query: { user_id } });
  const { withdrawals: all } = (listed?.body ?? {}) as { withdrawals?: readonly View[] };
  if (all && !all.some((each) => each.withdrawal_id === id)) world.find(`${id} is not listed for ${user_id}`);
}

/** Whether any number of legal moves leads there. */
function canReach(from: WithdrawalStatus, to: WithdrawalStatus): boolean {
  const reached = new Set<WithdrawalStatus>([from]);
  for (const status of reached) for (const next of WITHDRAWAL_TRANSITIONS[status]) reached.add(next);
  return reached.has(to);
}

const beginnings = new WeakMap<SimulatedWorld, Signal>();

/** Happens when a worker begins. */
function workBegins(world: SimulatedWorld): Signal {
  const signal = beginnings.get(world) ?? new Signal();
  beginnings.set(world, signal);
  return signal;
}

/** No withdrawal arrives at the chain while the processor is stopped. Some stop it at the moment when a worker begins. */
async function operator(world: SimulatedWorld, actor: Actor): Promise<void> {
  let isSeenStopped = false;
  world.rails.onArrival((instruction) => {
    if (isSeenStopped) world.find(`${instruction} arrived although the processor is stopped`);
  });
  for (let turns = actor.chance.between(0, 10); turns > 0; turns -= 1) {
    await actor.pause(500, actor.chance.oneOf([2_000, 40_000]));
    if (actor.chance.isTrue(0.5)) await Promise.race([workBegins(world).next(), actor.pause(20_000, 20_000)]);
    // Sometimes the operator does not wait until it is stopped.
    const most = actor.chance.isTrue(0.4) ? 1 : 16;
    for (let looks = 1; looks <= most && !isSeenStopped; looks += 1) {
      const reply = await actor.ask('stopProcessor');
      isSeenStopped = (reply?.body as { status?: string } | undefined)?.status === 'STOPPED';
      await actor.pause(50, 2_000);
    }
    if (most > 1) await actor.pause(100, 10_000);
    isSeenStopped = false;
    const started = await actor.ask('startProcessor');
    if (actor.chance.isTrue(0.3)) await actor.ask('redriveWithdrawals');
    if (actor.chance.isTrue(0.5)) await actor.ask('getProcessorStats');
    // A start that got no answer may still arrive.
    if (!started) await actor.pause(15_000, 20_000);
  }
}

/** Denies a destination for a while. */
async function officer(actor: Actor, denied: Denied): Promise<void> {
  for (let turns = actor.chance.between(0, 2); turns > 0; turns -= 1) {
    const [address = ''] = ADDRESSES;
    const path = { network: 'ethereum', address };
    const reply = await actor.insist('denyAddress', { path, body: { reason: 'asked to' } });
    if (reply) denied.set(address, turns);
    await actor.pause(1_000, 30_000);
    denied.delete(address);
    await actor.insist('allowAddress', { path });
    // A request that got no answer may still arrive.
    await actor.pause(15_000, 40_000);
  }
}
