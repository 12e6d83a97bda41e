import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { allowAddress, denyAddress } from '../../lib/withdrawals/deny-list.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import { givenADatabase } from '../support/database.ts';
import { codeOf, playIn, withdrawUnanswered } from '../support/withdrawal-cases.ts';
import { ADDRESS, ethRequest } from '../support/withdrawals-world.ts';

const play = playIn(await givenADatabase());
const KEY = 'k' as IdempotencyKey;

describe('a denied destination', () => {
  const listed = { network: 'ethereum', address: ADDRESS.toLowerCase(), reason: 'sanctioned' } as const;

  it(
    'is refused in any spelling, except for replays',
    play(async (world) => {
      await world.furnish(1_000);
      const first = await createWithdrawal(world.deps, ethRequest(400), KEY);
      await world.settled();
      await denyAddress(world.deps, listed);
      expect(await codeOf(world.withdraw(1))).toBe('FORBIDDEN');
      expect(await codeOf(world.withdraw(1, { address: ADDRESS.toLowerCase() }))).toBe('FORBIDDEN');
      const again = await createWithdrawal(world.deps, ethRequest(400), KEY);
      expect(again.withdrawal.id).toBe(first.withdrawal.id);
    }),
  );

  it(
    'fails withdrawals not yet sent to it, and can be allowed and retried',
    play(async (world) => {
      await world.furnish(1_000);
      world.hasWorkers = false;
      const { id } = await world.withdraw(400);
      await denyAddress(world.deps, listed);
      world.hasWorkers = true;
      const { moved } = await world.settled();
      expect(await world.read(id)).toMatchObject({ status: 'FAILED', failure: { code: 'DESTINATION_DENIED' } });
      expect(moved.size).toBe(0);
      expect(await codeOf(retryWithdrawal(world.deps, id))).toBe('FORBIDDEN');
      await allowAddress(world.deps, listed);
      await retryWithdrawal(world.deps, id);
      await world.settled();
      expect((await world.read(id)).status).toBe('COMPLETED');
    }),
  );

  it(
    'does not stop the look-up of withdrawals already sent',
    play(
      async (world) => {
        const id = await withdrawUnanswered(world, 20_000);
        await denyAddress(world.deps, listed);
        await world.behave({ mode: 'happy', lookups: 'ok' });
        await world.settled();
        expect((await world.read(id)).status).toBe('COMPLETED');
      },
      { settings: { CHAIN_DEADLINE_MS: 200 } },
    ),
  );
});
