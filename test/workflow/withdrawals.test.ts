import { describe, expect, it } from 'vitest';
import { processWithdrawal } from '../../lib/withdrawals/process-withdrawal.ts';
import { redriveWithdrawals } from '../../lib/withdrawals/redrive-withdrawals.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, losesFirstAnswerTo } from '../support/faults.ts';
import { balance, codeOf, playIn, withdrawDeclined, withdrawUnanswered } from '../support/withdrawal-cases.ts';
import { WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const play = playIn(database);

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

  it('goes on at once when the answer to the write of its lease is lost, and the SDK repeats it', async () => {
    const dynamo = between(documentClient(), losesFirstAnswerTo('PutItemCommand', 'PROCESSING'));
    await WithdrawalsWorld.playing(database, { dynamo }, async (world) => {
      const { id } = await world.withdraw(400, { source: 'external' });
      await world.settled();
      const { createdAt, updatedAt, ...rest } = await world.read(id);
      expect(rest).toMatchObject({ status: 'COMPLETED', attempts: 1 });
      expect(Date.parse(updatedAt) - Date.parse(createdAt)).toBeLessThan(world.settings.WITHDRAWAL_LOCK_TTL);
    });
  });

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
