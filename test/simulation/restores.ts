import type { Operation } from '../../functions/routes.ts';
import { Actor, crowd } from './client.ts';
import type { Domain } from './domain.ts';
import { aBatch, judgeBatches, payouts } from './payouts.ts';
import { wallets } from './wallets.ts';
import { withdrawals } from './withdrawals.ts';
import type { Asked, SimulatedWorld } from './world.ts';

const USERS = ['ana', 'ben'];
const BATCHES = ['red', 'blue', 'green'];
const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
/** Longer than a call to a rail is under way, and longer than a rail needs for one. */
const QUIET_MS = 40_000;
/** For how long new instructions are looked up: until the clients have repeated all. */
const DAYS = 1;

/** A request that its client repeats after the restore. */
type Sent = { readonly by: string; readonly name: Operation; readonly asked: Asked };
const sentIn = new WeakMap<SimulatedWorld, Sent[]>();

/**
 * The tables go back to an earlier moment, while rails, queues and the topic keep what they have: an operator stops all functions,
 * restores the tables, raises the epoch, and lets the functions run again. Clients repeat what they have sent. In the end
 * everything agrees, and no instruction was paid twice.
 */
export const restores: Domain = {
  name: 'restores',
  tables: ['PAYOUTS_TABLE', 'WITHDRAWALS_TABLE', 'WALLETS_TABLE', 'ACCESS_TABLE'],

  set(world) {
    for (const part of [payouts, withdrawals, wallets]) part.set(world);
    sentIn.set(world, []);
  },

  async play(world) {
    const bank = new Actor(world, 'bank');
    await bank.insist('createProvider', { body: { provider_id: 'pln', name: 'PLN' } });
    for (const user_id of USERS) {
      for (const currency of ['IDR', 'ETH']) {
        await bank.insist('createWallet', { body: { user_id, currency } });
        const headers = { 'Idempotency-Key': `deposit-${currency}` };
        await bank.insist('createDeposit', {
          path: { user_id },
          body: { amount: currency === 'IDR' ? 100_000 : '100000', currency },
          headers,
        });
      }
    }
    await Promise.all([
      restoreOnce(world, new Actor(world, 'operator')),
      crowd(world, { kind: 'client', many: BATCHES.length, withinMs: 60_000 }, (actor, nth) =>
        client(world, actor, BATCHES[nth] ?? ''),
      ),
      crowd(world, { kind: 'user', many: 8, withinMs: 120_000 }, (actor, nth) => user(world, actor, nth)),
    ]);
  },

  async settle(world) {
    const clients = Map.groupBy(sentIn.get(world) ?? [], ({ by }) => by);
    await Promise.all(
      [...clients].map(async ([by, requests]) => {
        const actor = new Actor(world, `${by} again`);
        for (const { name, asked } of requests) await actor.insist(name, asked);
      }),
    );
    await payouts.settle(world);
    await withdrawals.settle(world);
  },

  async judge(world, isOver) {
    const { moved_more_than_once: twice } = world.rails.audit.summary({});
    if (twice > 0) world.find(`${twice} instructions were paid more than once`);
    // Before that, rails have done what the restored tables do not know yet.
    if (!isOver) return;
    await judgeBatches(world, isOver);
    await withdrawals.judge(world, isOver);
    await wallets.judge(world, isOver);
  },
};

async function restoreOnce(world: SimulatedWorld, operator: Actor): Promise<void> {
  await operator.pause(5_000, 90_000);
  const backup = await world.backUp();
  await operator.pause(5_000, 90_000);
  world.lambda.isClosed = true;
  world.lambda.killAll();
  await operator.pause(QUIET_MS, QUIET_MS);
  await world.restore(backup, { days: DAYS });
  world.note('the tables are restored');
  world.lambda.isClosed = false;
}

/** Sends a request, and again after the restore. */
async function send(world: SimulatedWorld, actor: Actor, request: Sent) {
  sentIn.get(world)?.push(request);
  return actor.insist(request.name, request.asked);
}

async function client(world: SimulatedWorld, actor: Actor, batch_id: string): Promise<void> {
  const { chance } = actor;
  const path = { batch_id };
  const by = batch_id;
  const body = aBatch(actor, batch_id);
  await send(world, actor, { by, name: 'createBatch', asked: { body } });
  await send(world, actor, { by, name: 'startBatch', asked: { path } });
  for (let turns = chance.between(0, 4); turns > 0; turns -= 1) {
    await actor.pause(100, 40_000);
    const nth = `${chance.between(1, body.payouts.length)}`.padStart(6, '0');
    const payout = { path: { payout_id: `${batch_id}.0001.${nth}` }, body: { reason: 'a mistake' } };
    await (chance.isTrue(0.5)
      ? send(world, actor, { by, name: 'retryFailed', asked: { path } })
      : send(world, actor, { by, name: 'cancelPayout', asked: payout }));
  }
}

async function user(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const { chance } = actor;
  const user_id = chance.oneOf(USERS);
  const by = `user ${nth}`;
  if (chance.isTrue(0.5)) {
    const headers = { 'Idempotency-Key': `key-${nth}` };
    const amount = chance.between(1, 200);
    const body = { provider_id: 'pln', external_reference: `bill-${nth}`, amount, currency: 'IDR' };
    await send(world, actor, { by, name: 'createPayment', asked: { path: { user_id }, headers, body } });
    return;
  }
  const body = {
    ...{ idempotency_key: `key-${nth}`, user_id, asset: 'ETH', amount: `${chance.between(1, 120)}` },
    ...{ destination_address: ADDRESS, network: 'ethereum', max_retries: chance.between(0, 3) },
    source: chance.isTrue(0.8) ? 'wallet' : 'external',
  };
  const reply = await send(world, actor, { by, name: 'createWithdrawal', asked: { body } });
  const { withdrawal_id = '' } = (reply?.body as { withdrawal?: { withdrawal_id: string } })?.withdrawal ?? {};
  await actor.pause(1_000, 60_000);
  if (chance.isTrue(0.5)) await send(world, actor, { by, name: 'retryWithdrawal', asked: { path: { withdrawal_id } } });
}
