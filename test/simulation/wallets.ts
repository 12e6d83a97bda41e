import { handler as sweepPayments } from '../../functions/wallets/sweep-payments.ts';
import { reservedBy } from '../../scripts/verify/limits-checks.ts';
import { differencesInSums, trialBalance } from '../../scripts/verify/trial-balance.ts';
import { Books } from '../../scripts/verify/wallets-books.ts';
import { type Charge, differencesInAccount, differencesInCase } from '../../scripts/verify/wallets-checks.ts';
import { Actor, crowd, judgeSameAnswer } from './client.ts';
import type { Domain } from './domain.ts';
import { clientKey, judgeLimits } from './limits.ts';
import type { Reply, SimulatedWorld } from './world.ts';

/** In a crowd transactions of different wallets meet; else many meet at one wallet. */
const USERS = ['ana', 'ben', 'cleo', 'dewi', 'eka', 'fajar'];
const FEW = USERS.slice(0, 2);

export const wallets: Domain = {
  name: 'wallets',
  tables: ['WALLETS_TABLE', 'ACCESS_TABLE'],

  set(world) {
    world.everyMinute('sweepPayments', sweepPayments);
    // Requests that meet at a wallet in one process share transactions.
    const isShared = world.chanceOf('containers').isTrue(0.5);
    if (isShared) world.lambda.share('createDeposit', 'createPayment', 'refundPayment', 'sweepPayments');
  },

  async play(world) {
    const bank = new Actor(world, 'bank');
    await bank.insist('createProvider', { body: { provider_id: 'pln', name: 'PLN' } });
    const isCrowd = world.chanceOf('crowd').isTrue(0.4);
    const users = isCrowd ? USERS : FEW;
    for (const user of users) {
      await bank.insist('createWallet', { body: { user_id: user, currency: 'IDR' } });
      const headers = { 'Idempotency-Key': 'first' };
      const body = { amount: bank.chance.between(100, 900), currency: 'IDR' };
      await bank.insist('createDeposit', { path: { user_id: user }, body, headers });
    }
    const many = world.chance.between(6, 20);
    const withinMs = isCrowd ? 500 : 90_000;
    const key = clientKey(world, 'IDR', 100, 1_500);
    await crowd(world, { kind: 'user', many, withinMs, key }, (actor, nth) => client(world, actor, nth, users));
  },

  async settle() {},

  async judge(world, isOver) {
    const books = new Books();
    for (const item of await world.items('WALLETS_TABLE')) books.add(item);
    const { instructions } = world.rails.audit.instructions({ prefix: 'pay_' });
    const charges = new Map(instructions.map((row): [string, Charge] => [row.instruction, row]));
    for (const [user, account] of books.accounts) {
      for (const { message } of differencesInAccount(user, account)) world.find(message);
    }
    for (const id of new Set([...books.cases.keys(), ...charges.keys()])) {
      const one = books.cases.get(id) ?? { payment: undefined, entries: [] };
      for (const { message } of differencesInCase(id, one, charges.get(id))) world.find(message);
    }
    for (const { message } of differencesInSums(trialBalance(books, charges))) world.find(message);
    for (const unreadable of books.unreadable) world.find(unreadable);
    const payments = [...books.cases.values()].flatMap(({ payment }) => payment ?? []);
    await judgeLimits(world, payments.flatMap(reservedBy));
    if (!isOver) return;
    for (const { payment } of books.cases.values()) {
      if (payment?.status === 'PENDING') world.find(`${payment.id} is still PENDING`);
    }
  },
};

async function client(world: SimulatedWorld, actor: Actor, nth: number, users: readonly string[]): Promise<void> {
  const { chance } = actor;
  const path = { user_id: chance.oneOf(users) };
  const headers = { 'Idempotency-Key': `key-${nth}` };
  const copies = chance.isTrue(0.4) ? 3 : 1;
  if (chance.isTrue(0.3)) {
    const body = { amount: chance.between(1, 300), currency: 'IDR' };
    const replies = await atOnce(copies, () => actor.insist('createDeposit', { path, headers, body }));
    judgeNoMismatch(world, `the deposit key-${nth}`, replies);
    return judgeSameAnswer(world, `the deposit key-${nth}`, replies);
  }
  const body = {
    provider_id: 'pln',
    external_reference: `bill-${nth}`,
    amount: chance.between(1, 200),
    currency: 'IDR',
  };
  const replies = await atOnce(copies, () => actor.insist('createPayment', { path, headers, body }));
  judgeNoMismatch(world, `the payment key-${nth}`, replies);
  const paid = replies.filter(({ status }) => status < 300);
  judgeSameAnswer(world, `the payment key-${nth}`, paid);
  const id = (paid[0]?.body as { payment_id?: string } | undefined)?.payment_id;
  if (id !== undefined && chance.isTrue(0.5)) await readBack(world, actor, { id, ...path });
  if (id !== undefined) await refundTwice(world, actor, { id, copies });
}

/** At most two refunds, one after the other or both at once. */
async function refundTwice(world: SimulatedWorld, actor: Actor, { id, copies }: { id: string; copies: number }) {
  const { chance } = actor;
  const path = { payment_id: id };
  const isRush = chance.isTrue(0.5);
  const refund = async (nth: number) => {
    await actor.pause(100, isRush ? 110 : 20_000);
    const headers = { 'Idempotency-Key': `refund-${nth}` };
    const body = chance.isTrue(0.5) ? {} : { amount: chance.between(1, 50) };
    const replies = await atOnce(copies, () => actor.insist('refundPayment', { path, headers, body }));
    judgeNoMismatch(world, `the refund ${nth} of ${id}`, replies);
    const refunded = replies.filter(({ status }) => status < 300);
    judgeSameAnswer(world, `the refund ${nth} of ${id}`, refunded);
  };
  const refunds = Array.from({ length: chance.between(0, 2) }, (_, index) => index + 1);
  if (isRush) await Promise.all(refunds.map(refund));
  else for (const nth of refunds) await refund(nth);
}

/** No client uses a key for two requests. */
function judgeNoMismatch(world: SimulatedWorld, what: string, replies: readonly Reply[]): void {
  if (replies.some(({ status }) => status === 422)) world.find(`${what} was answered as another request`);
}

type Line = { readonly balance_after: number; readonly amount: number };

/** An answered payment can be read, and each line of a statement follows from the one before. */
async function readBack(world: SimulatedWorld, actor: Actor, { id, user_id }: { id: string; user_id: string }) {
  const payment = await actor.ask('getPayment', { path: { payment_id: id } });
  if (payment?.status === 404) world.find(`${id} was answered, but is not found`);
  const statement = await actor.ask('listTransactions', { path: { user_id } });
  const { transactions = [] } = (statement?.body ?? {}) as { transactions?: readonly Line[] };
  for (const [index, { balance_after: after, amount }] of transactions.entries()) {
    const before = transactions[index + 1]?.balance_after ?? after - amount;
    if (after < 0 || before + amount !== after) world.find(`${user_id}: ${before}, then ${amount}, then ${after}`);
  }
}

async function atOnce(copies: number, ask: () => Promise<Reply | undefined>): Promise<Reply[]> {
  const replies = await Promise.all(Array.from({ length: copies }, ask));
  return replies.flatMap((reply) => reply ?? []);
}
