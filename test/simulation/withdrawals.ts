import { handler as createDeposit } from '../../functions/wallets/create-deposit.ts';
import { handler as createWallet } from '../../functions/wallets/create-wallet.ts';
import { handler as createWithdrawal } from '../../functions/withdrawals/create-withdrawal.ts';
import { handler as getWithdrawal } from '../../functions/withdrawals/get-withdrawal.ts';
import { handler as processWithdrawals } from '../../functions/withdrawals/process-withdrawals.ts';
import { handler as recordDeadWithdrawal } from '../../functions/withdrawals/record-dead-withdrawal.ts';
import { handler as recoverWithdrawals } from '../../functions/withdrawals/recover-withdrawals.ts';
import { handler as redriveWithdrawals } from '../../functions/withdrawals/redrive-withdrawals.ts';
import { handler as retryWithdrawal } from '../../functions/withdrawals/retry-withdrawal.ts';
import { handler as startProcessor } from '../../functions/withdrawals/start-processor.ts';
import { handler as stopProcessor } from '../../functions/withdrawals/stop-processor.ts';
import { withdrawalOf } from '../../lib/withdrawals/items.ts';
import { isTerminal, WITHDRAWAL_TRANSITIONS, type WithdrawalStatus } from '../../lib/withdrawals/withdrawal.ts';
import { Books } from '../../scripts/wallets/books.ts';
import { differencesOfAccount } from '../../scripts/wallets/checks.ts';
import { differencesOf } from '../../scripts/withdrawals/checks.ts';
import { crowd, insist, judgeEvents } from './client.ts';
import type { Domain } from './domain.ts';
import type { Reply, SimulatedWorld } from './world.ts';

const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
const USERS = ['ana', 'ben'];

type View = { withdrawal_id: string; status: WithdrawalStatus };
const viewIn = (reply: Reply | undefined) => (reply?.body as { withdrawal?: View } | undefined)?.withdrawal;

export const withdrawals: Domain = {
  name: 'withdrawals',

  set(world) {
    world.consume('withdrawals', processWithdrawals as never, { batchSize: world.chance.between(1, 5) });
    world.consume('withdrawals', recordDeadWithdrawal as never, { ofDead: true });
    world.everyMinute('recoverWithdrawals', recoverWithdrawals as never);
  },

  async play(world) {
    const { chance } = world;
    for (const user of USERS) {
      await insist(world, 'createWallet', createWallet, { body: { user_id: user, currency: 'ETH' } });
      const headers = { 'Idempotency-Key': `deposit-${user}` };
      const body = { amount: `${chance.between(200, 900)}`, currency: 'ETH' };
      await insist(world, 'createDeposit', createDeposit, { path: { user_id: user }, body, headers });
    }
    const clients = crowd(world, chance.between(5, 16), 60_000, (nth) => client(world, nth));
    await Promise.all([clients, operator(world)]);
  },

  async settle(world) {
    await insist(world, 'startProcessor', startProcessor, {});
    await insist(world, 'redriveWithdrawals', redriveWithdrawals, {});
  },

  async judge(world, isOver) {
    const all = (await world.items('WITHDRAWALS_TABLE')).filter(({ sk }) => sk === 'WITHDRAWAL').map(withdrawalOf);
    const books = new Books();
    for (const item of await world.items('WALLETS_TABLE')) books.add(item);
    const { instructions } = world.rails.audit.instructions({ prefix: 'wdr_' });
    const moved = new Map(instructions.map((row) => [row.instruction, row]));
    const byId = new Map<string, (typeof all)[number]>(all.map((each) => [each.id, each]));
    for (const id of new Set([...byId.keys(), ...moved.keys(), ...books.withdrawn.keys()])) {
      const evidence = { withdrawal: byId.get(id), moved: moved.get(id), entries: books.withdrawn.get(id) ?? [] };
      for (const { says } of differencesOf(id, evidence)) world.find(says);
    }
    for (const [user, account] of books.accounts) {
      for (const { says } of differencesOfAccount(user, account)) world.find(says);
    }
    for (const unreadable of books.unreadable) world.find(unreadable);
    const facts = all.flatMap(({ id, status, retries, opening }) => [
      `withdrawal.created:${id}`,
      ...Array.from({ length: retries }, (_, index) => `withdrawal.retrying:${id}.${index + 1}`),
      ...Array.from(
        { length: opening - (status === 'FAILED' ? 0 : 1) },
        (_, index) => `withdrawal.failed:${id}.${index + 1}`,
      ),
      ...(status === 'COMPLETED' ? [`withdrawal.completed:${id}`] : []),
    ]);
    await judgeEvents(world, ['withdrawal.'], facts);
    if (isOver) for (const each of all) if (!isTerminal(each)) world.find(`${each.id} is still ${each.status}`);
  },
};

async function client(world: SimulatedWorld, nth: number): Promise<void> {
  const { chance, schedule } = world;
  const body = {
    idempotency_key: `key-${nth}`,
    user_id: chance.oneOf(USERS),
    asset: 'ETH',
    amount: `${chance.between(1, 120)}`,
    destination_address: ADDRESS,
    network: 'ethereum',
    max_retries: chance.between(0, 3),
    source: chance.isTrue(0.8) ? 'wallet' : 'external',
  };
  const copies = chance.isTrue(0.3) ? 3 : 1;
  const replies = await Promise.all(
    Array.from({ length: copies }, () => insist(world, 'createWithdrawal', createWithdrawal, { body })),
  );
  const views = replies.flatMap((reply) => viewIn(reply) ?? []);
  if (new Set(views.map((view) => view.withdrawal_id)).size > 1) world.find(`key-${nth} stands for two withdrawals`);
  let seen = views[0];
  for (let looks = chance.between(0, 8); seen && looks > 0; looks -= 1) {
    await schedule.sleep(chance.between(100, 40_000));
    const path = { withdrawal_id: seen.withdrawal_id };
    if (seen.status === 'FAILED' && chance.isTrue(0.5)) {
      await world.request('retryWithdrawal', retryWithdrawal as never, { path });
    }
    const now = viewIn(await world.request('getWithdrawal', getWithdrawal as never, { path }));
    if (now && !canReach(seen.status, now.status))
      world.find(`${now.withdrawal_id}: ${seen.status}, then ${now.status}`);
    seen = now ?? seen;
  }
}

/** By any number of legal moves. */
function canReach(from: WithdrawalStatus, to: WithdrawalStatus): boolean {
  const reached = new Set<WithdrawalStatus>([from]);
  for (const status of reached) for (const next of WITHDRAWAL_TRANSITIONS[status]) reached.add(next);
  return reached.has(to);
}

async function operator(world: SimulatedWorld): Promise<void> {
  const { chance, schedule } = world;
  for (let turns = chance.between(0, 3); turns > 0; turns -= 1) {
    await schedule.sleep(chance.between(1_000, 60_000));
    await world.request('stopProcessor', stopProcessor as never, {});
    await schedule.sleep(chance.between(100, 20_000));
    await world.request('startProcessor', startProcessor as never, {});
  }
}
