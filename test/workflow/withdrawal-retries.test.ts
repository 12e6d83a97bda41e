import { describe, expect, it } from 'vitest';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import { givenADatabase } from '../support/database.ts';
import { balance, codeOf, playIn, withdrawDeclined } from '../support/withdrawal-cases.ts';
import { WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const play = playIn(database);

describe('the retries of a withdrawal', () => {
  /** When each attempt reached the chain. */
  async function attempts(world: WithdrawalsWorld, maxRetries: number): Promise<number[]> {
    const at: number[] = [];
    world.observers.push(async (what) => {
      if (what.startsWith('send ')) at.push(world.clock.now());
    });
    await world.furnish(1_000);
    await world.behave({ mode: 'declined', code: 'RATE_LIMITED' });
    await world.withdraw(400, { maxRetries });
    await world.settled();
    return at;
  }

  it.each([1, 2, 3])('are as many as requested, with pauses of up to 1 s, 2 s, 4 s … 30 s between them (%i)', (seed) =>
    WithdrawalsWorld.playing(database, { seed }, async (world) => {
      const at = await attempts(world, 8);
      expect(at).toHaveLength(9);
      const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
      const [caps, lag] = [[1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * 1_000), 1_500]; // whole seconds, and a poll
      for (const [index, pause] of pauses.entries()) expect(pause).toBeLessThanOrEqual((caps[index] ?? 0) + lag);
      // Full jitter: some pauses may be short, but not all.
      expect(Math.max(...pauses)).toBeGreaterThan(8_000);
      expect(new Set(pauses).size).toBeGreaterThan(3);
    }),
  );

  it.each([
    ['no retries', { maxRetries: 0 }, 1],
    ['three', { maxRetries: 3 }, 4],
  ])('are %s as requested', (_what, { maxRetries }, sent) =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      expect(await attempts(world, maxRetries)).toHaveLength(sent);
    }),
  );

  it(
    'follow the configured schedule',
    play(
      async (world) => {
        const at = await attempts(world, 4);
        const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
        for (const pause of pauses) expect(pause).toBeLessThanOrEqual(2_000 + 1_500);
      },
      {
        settings: {
          WITHDRAWAL_RETRY_BASE_DELAY: '2s',
          WITHDRAWAL_RETRY_MAX_DELAY: '2s',
          WITHDRAWAL_RETRY_MULTIPLIER: '1',
        },
      },
    ),
  );

  it(
    'by the client count too, hold the amount again, and are refused beyond the limit',
    play(async (world) => {
      await world.furnish(1_000);
      await world.behave({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
      const { id } = await world.withdraw(400, { maxRetries: 2 });
      expect(await codeOf(retryWithdrawal(world.deps, id))).toBe('INVALID_STATE');
      await world.settled();
      for (const retry of [1, 2]) {
        expect(await retryWithdrawal(world.deps, id)).toMatchObject({ status: 'RETRYING', retries: retry });
        expect(await balance(world)).toBe(600n);
        await world.settled();
        expect(await balance(world)).toBe(1_000n);
      }
      expect(await codeOf(retryWithdrawal(world.deps, id))).toBe('INVALID_STATE');
      const { moved } = await world.settled();
      expect(moved.get(id)?.references).toEqual([`${id}.1`, `${id}.2`, `${id}.3`]);
    }),
  );

  it(
    'by the client complete the withdrawal once the chain accepts it',
    play(async (world) => {
      const id = await withdrawDeclined(world);
      await world.behave({ mode: 'happy' });
      await retryWithdrawal(world.deps, id);
      const { events } = await world.settled();
      expect(await world.read(id)).toMatchObject({ status: 'COMPLETED', retries: 1, retryCycle: 2 });
      const failed = events.find(({ type }) => type === 'withdrawal.failed');
      expect(failed?.data).toMatchObject({ failure_code: 'ACCOUNT_BLOCKED', opening: 1 });
    }),
  );

  it(
    'by the client need a sufficient balance',
    play(async (world) => {
      const id = await withdrawDeclined(world);
      await world.behave({ mode: 'happy' });
      await world.withdraw(700);
      expect(await codeOf(retryWithdrawal(world.deps, id))).toBe('INSUFFICIENT_FUNDS');
      await world.settled();
    }),
  );

  it(
    'by eight clients at once are one retry',
    play(async (world) => {
      const id = await withdrawDeclined(world);
      world.hasWorkers = false;
      const codes = await Promise.all(Array.from({ length: 8 }, () => codeOf(retryWithdrawal(world.deps, id))));
      expect(codes.filter((code) => code === 'nothing was thrown')).toHaveLength(1);
      expect(codes.filter((code) => code === 'INVALID_STATE')).toHaveLength(7);
      world.hasWorkers = true;
      await world.settled();
    }),
  );
});
