import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { allowAddress, denyAddress } from '../../lib/withdrawals/deny-list.ts';
import type { WithdrawalId } from '../../lib/withdrawals/ids.ts';
import { olderKey } from '../../lib/withdrawals/items.ts';
import { processWithdrawal } from '../../lib/withdrawals/process-withdrawal.ts';
import { readByKey } from '../../lib/withdrawals/read-withdrawals.ts';
import { redriveWithdrawals } from '../../lib/withdrawals/redrive-withdrawals.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import { givenADatabase } from '../support/database.ts';
import { ADDRESS, ANA, eth, ethRequest, WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const KEY = 'k' as IdempotencyKey;
const DAY = 24 * 60 * 60_000;
const play =
  (test: (world: WithdrawalsWorld) => Promise<void>, options = {}) =>
  () =>
    WithdrawalsWorld.playing(database, options, test);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
/** Ana's first withdrawal, after a time in which the chain has carried it out but answers nothing. */
async function withdrawUnanswered(world: WithdrawalsWorld, ms: number): Promise<WithdrawalId> {
  await world.furnish(1_000);
  await world.behave({ mode: 'timeout-after-effect', lookups: 'down' });
  const { id } = await world.withdraw(400);
  await world.clock.sleep(ms);
  return id;
}
/** Ana's first withdrawal, which the chain has refused permanently. */
async function withdrawDeclined(world: WithdrawalsWorld): Promise<WithdrawalId> {
  await world.furnish(1_000);
  await world.behave({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
  const { id } = await world.withdraw(400);
  await world.settled();
  return id;
}
const balance = async (world: WithdrawalsWorld) => (await world.deps.ledger.read(ANA))?.balances.get(eth(0).currency);

describe('a withdrawal', () => {
  it(
    'completes after the configured number of confirmations, and not before',
    play(async (world) => {
      await world.furnish(1_000);
      await world.behave({ block_ms: 12_000 });
      const { id } = await world.withdraw(400);
      expect(await balance(world)).toBe(600n);
      const seen = new Set<string>();
      for (let looks = 0; looks < 60; looks += 1) {
        const { status, ...rest } = await world.read(id);
        seen.add(`${status} ${'transaction' in rest ? rest.transaction?.confirmations : '-'}`);
        // Look-ups of its confirmations are not listed.
        const executions = [{ reference: 1, calls: [{ asked: 'send', answer: 'paid' }] }];
        if (status === 'PROCESSING') expect(rest.history).toMatchObject({ executions, omitted: 0 });
        await world.clock.sleep(1_000);
      }
      expect([...seen]).toEqual(
        ['PENDING -', 'PROCESSING 0', 'PROCESSING 1', 'PROCESSING 2', 'COMPLETED 3'].filter((each) => seen.has(each)),
      );
      expect([...seen].at(-1)).toBe('COMPLETED 3');
      expect(seen).toContain('PROCESSING 0');
      const { withdrawals } = await world.audit();
      expect(withdrawals[0]).toMatchObject({
        transaction: { hash: expect.stringMatching(/^0x[0-9a-f]{64}$/) },
        attempts: 1,
        retries: 0,
      });
      const took = Date.parse(withdrawals[0]?.updatedAt ?? '') - Date.parse(withdrawals[0]?.createdAt ?? '');
      expect(took).toBeGreaterThanOrEqual(36_000);
      expect(await balance(world)).toBe(600n);
    }),
  );

  it(
    'with source external does not touch wallets',
    play(async (world) => {
      const { id } = await world.withdraw(400, { source: 'external' });
      const { lines, captures } = await world.settled();
      expect((await world.read(id)).status).toBe('COMPLETED');
      expect([...lines, ...captures]).toEqual([]);
    }),
  );

  it(
    'fails on a permanent refusal, and releases the held amount',
    play(async (world) => {
      const id = await withdrawDeclined(world);
      expect(await world.read(id)).toMatchObject({
        status: 'FAILED',
        failure: { code: 'ACCOUNT_BLOCKED' },
        retries: 0,
      });
      expect(await balance(world)).toBe(1_000n);
    }),
  );

  it(
    'is refused without a sufficient balance or wallet',
    play(async (world) => {
      expect(await codeOf(world.withdraw(1))).toBe('NOT_FOUND');
      await world.furnish(1_000);
      expect(await codeOf(world.withdraw(1_001))).toBe('INSUFFICIENT_FUNDS');
      expect((await world.audit()).withdrawals).toEqual([]);
    }),
  );

  it(
    'is looked up, and not sent again, when its answer is lost',
    play(
      async (world) => {
        const id = await withdrawUnanswered(world, 60_000);
        expect((await world.read(id)).status).toBe('UNKNOWN');
        await world.behave({ mode: 'happy', lookups: 'ok' });
        const { moved } = await world.settled();
        expect(await world.read(id)).toMatchObject({ status: 'COMPLETED', attempts: 1, retries: 0 });
        expect(moved.get(id)?.attempts).toBe(1);
      },
      { settings: { CHAIN_DEADLINE_MS: 200 } },
    ),
  );

  it(
    'is sent again under the same reference, as another attempt, when it never arrived',
    play(
      async (world) => {
        await world.furnish(1_000);
        await world.behave({ mode: 'timeout' });
        const { id } = await world.withdraw(400);
        await world.clock.sleep(800); // the worker's pause of 500 ms, and the deadline
        expect((await world.read(id)).status).toBe('UNKNOWN');
        await world.behave({ mode: 'happy' });
        const { moved } = await world.settled();
        expect(await world.read(id)).toMatchObject({ status: 'COMPLETED', retries: 1, attempts: 2 });
        expect(moved.get(id)?.references).toEqual([`${id}.1`]);
      },
      { settings: { CHAIN_DEADLINE_MS: 200 } },
    ),
  );

  it.each([1, 2, 3, 4, 5, 6])(
    'is sent again under a new reference when a reorganisation drops it, but not when it is mined again (%i)',
    (seed) =>
      WithdrawalsWorld.playing(database, { seed }, async (world) => {
        await world.furnish(1_000);
        await world.behave({ mode: 'reorg', block_ms: 12_000, reorg_depth: 2, seed });
        const { id } = await world.withdraw(400);
        await world.clock.sleep(45_000);
        await world.behave({ mode: 'happy' });
        const { moved } = await world.settled();
        const after = await world.read(id);
        expect(after.status).toBe('COMPLETED');
        expect(moved.get(id)?.references.length).toBe(1 + after.retries);
      }),
  );
});

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

describe('a key', () => {
  it(
    'makes one withdrawal for any number of requests at once',
    play(async (world) => {
      await world.furnish(1_000);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => createWithdrawal(world.deps, ethRequest(400), KEY)),
      );
      expect(new Set(answers.map(({ withdrawal }) => withdrawal.id)).size).toBe(1);
      expect(answers.filter(({ alreadyExists }) => !alreadyExists)).toHaveLength(1);
      const { withdrawals } = await world.settled();
      expect(withdrawals).toHaveLength(1);
      expect(await balance(world)).toBe(600n);
    }),
  );

  it(
    'returns the first withdrawal, and refuses a different request',
    play(async (world) => {
      await world.furnish(1_000);
      const { withdrawal } = await createWithdrawal(world.deps, ethRequest(1_000), KEY);
      await world.settled();
      // The first withdrawal has used up the balance.
      const again = await createWithdrawal(world.deps, ethRequest(1_000), KEY);
      expect(again).toMatchObject({ alreadyExists: true, withdrawal: { id: withdrawal.id, status: 'COMPLETED' } });
      for (const changes of [{ maxRetries: 2 }, { source: 'external' as const }, { money: eth(401) }]) {
        expect(await codeOf(createWithdrawal(world.deps, ethRequest(1_000, changes), KEY))).toBe(
          'IDEMPOTENCY_MISMATCH',
        );
      }
    }),
  );

  it(
    'is scoped to its user',
    play(async (world) => {
      const bob = 'bob' as typeof ANA;
      await world.furnish(1_000);
      await world.furnish(1_000, bob);
      const first = await createWithdrawal(world.deps, ethRequest(400), KEY);
      const second = await createWithdrawal(world.deps, ethRequest(500, { userId: bob }), KEY);
      expect(second.alreadyExists).toBe(false);
      expect(await readByKey(world.deps, { userId: ANA, key: KEY })).toMatchObject({ id: first.withdrawal.id });
      expect(await readByKey(world.deps, { userId: bob, key: KEY })).toMatchObject({ id: second.withdrawal.id });
      await world.settled();
    }),
  );

  it(
    'never expires',
    play(async (world) => {
      await world.furnish(1_000);
      const first = await createWithdrawal(world.deps, ethRequest(400), KEY);
      await world.settled();
      world.clock.jump(400 * DAY);
      const again = await createWithdrawal(world.deps, ethRequest(400), KEY);
      expect(again).toMatchObject({
        alreadyExists: true,
        withdrawal: { id: first.withdrawal.id, status: 'COMPLETED' },
      });
      expect(await readByKey(world.deps, { userId: ANA, key: KEY })).toEqual(again.withdrawal);
      expect(await codeOf(createWithdrawal(world.deps, ethRequest(401), KEY))).toBe('IDEMPOTENCY_MISMATCH');
      expect((await world.settled()).withdrawals).toHaveLength(1);
    }),
  );

  it(
    'of an earlier version refers to its withdrawal for a day',
    play(async (world) => {
      await world.furnish(1_000);
      const first = await createWithdrawal(world.deps, ethRequest(400), 'another' as IdempotencyKey);
      const expiresAt = Math.floor((world.clock.now() + DAY) / 1_000);
      const record = { ...olderKey(ANA, KEY), resource: first.withdrawal.id, fingerprint: 'f', expires_at: expiresAt };
      await world.put('WITHDRAWALS_TABLE', record);
      expect(await readByKey(world.deps, { userId: ANA, key: KEY })).toMatchObject({ id: first.withdrawal.id });
      const again = await createWithdrawal(world.deps, ethRequest(400), KEY);
      expect(again).toMatchObject({ alreadyExists: true, withdrawal: { id: first.withdrawal.id } });
      expect(await codeOf(createWithdrawal(world.deps, ethRequest(401), KEY))).toBe('IDEMPOTENCY_MISMATCH');
      world.clock.jump(DAY);
      expect(await codeOf(readByKey(world.deps, { userId: ANA, key: KEY }))).toBe('NOT_FOUND');
      expect((await createWithdrawal(world.deps, ethRequest(401), KEY)).alreadyExists).toBe(false);
      expect((await world.settled()).withdrawals).toHaveLength(2);
    }),
  );
});

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

describe('a message', () => {
  it(
    'is dropped if it is outdated, empty or for a finished withdrawal',
    play(async (world) => {
      await world.furnish(1_000);
      const { id, version } = await world.withdraw(400);
      await world.settled();
      const nothing = `wdr_${'0'.repeat(32)}` as typeof id;
      expect(await processWithdrawal(world.deps, { withdrawalId: nothing, version })).toEqual({
        result: 'dropped',
        why: 'missing',
      });
      for (const of of [version, (await world.read(id)).version]) {
        const result = await processWithdrawal(world.deps, { withdrawalId: id, version: of });
        expect(result).toEqual({ result: 'dropped', why: 'superseded' });
      }
    }),
  );

  it(
    'that fails repeatedly is shown on its withdrawal, skipped by recovery, and redriven',
    play(async (world) => {
      await world.furnish(1_000);
      world.hasWorkers = false;
      const { id } = await world.withdraw(400);
      const poisoned = world.queue.messages[0];
      for (let receives = 0; receives < 8; receives += 1) {
        world.queue.receive({ only: poisoned });
        world.clock.jump(200_000);
      }
      await world.recordDeadLetters();
      expect(await world.read(id)).toMatchObject({ status: 'PENDING', deadLetter: { receives: 5 } });
      world.hasWorkers = true;
      await world.recoverNow();
      await world.clock.sleep(90_000);
      expect((await world.read(id)).status).toBe('PENDING');
      expect(await redriveWithdrawals(world.deps)).toBe(1);
      await world.settled();
      expect(await world.read(id)).not.toHaveProperty('deadLetter');
    }),
  );
});
