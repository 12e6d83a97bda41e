import { AppError } from '../../lib/kernel/errors.ts';
import type { WithdrawalId } from '../../lib/withdrawals/ids.ts';
import type { Database } from './database.ts';
import { ANA, ETH, type WithdrawalsOptions, WithdrawalsWorld } from './withdrawals-world.ts';

/** For tests that run in worlds of their own. */
export const playIn =
  (database: Database) =>
  (test: (world: WithdrawalsWorld) => Promise<void>, options: WithdrawalsOptions = {}) =>
  () =>
    WithdrawalsWorld.playing(database, options, test);

/** The code of the error of a request. */
export const codeOf = (request: Promise<unknown>) =>
  request.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

/** What Ana has, in wei. */
export const balance = async (world: WithdrawalsWorld) => (await world.deps.ledger.read(ANA))?.balances.get(ETH);

/** Ana's first withdrawal, after a time in which the chain has carried it out but answers nothing. */
export async function withdrawUnanswered(world: WithdrawalsWorld, ms: number): Promise<WithdrawalId> {
  await world.furnish(1_000);
  await world.behave({ mode: 'timeout-after-effect', lookups: 'down' });
  const { id } = await world.withdraw(400);
  await world.clock.sleep(ms);
  return id;
}

/** Ana's first withdrawal, which the chain has refused permanently. */
export async function withdrawDeclined(world: WithdrawalsWorld): Promise<WithdrawalId> {
  await world.furnish(1_000);
  await world.behave({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
  const { id } = await world.withdraw(400);
  await world.settled();
  return id;
}
