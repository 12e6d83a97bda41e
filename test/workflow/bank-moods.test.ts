import { describe, expect, it } from 'vitest';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import { givenADatabase } from '../support/database.ts';
import { railOf } from '../support/rail.ts';
import { BATCH, expectQuiet, expectSoundEnd, finish, inWorld, once, requestFor } from '../support/scenario.ts';

const database = await givenADatabase();

/** The deadline of a call is real time. An answer that arrives after it counts as unknown. */
const settings = { PAYOUT_CHUNK_SIZE: 5, BANK_DEADLINE_MS: 60 };
const PAYOUTS = 30;
const TEN_MINUTES = 600_000;

describe.concurrent('the bank fails in the middle of a batch, and then works again', () => {
  it.for([
    { mode: '500' },
    { mode: 'garbage' },
    { mode: 'timeout' },
    { mode: 'timeout-after-effect' },
    { mode: '500', lookups: 'down' },
    { mode: 'garbage', lookups: 'down' },
    { mode: 'timeout-after-effect', lookups: 'down' },
  ])('$mode, look-ups $lookups: every payout ends, and none is paid twice', { timeout: 60_000 }, (bad) =>
    inWorld(database, { settings, workers: 2 }, async (world, client) => {
      once(world, 'commitOutcomes 2', () => world.setBank(bad));
      await client.create(requestFor(PAYOUTS));
      await world.clock.sleep(5_000);
      await world.setBank({ mode: 'happy', lookups: 'ok' });
      await finish(world, BATCH, TEN_MINUTES);
      await expectQuiet(world);
      await expectSoundEnd(world);
    }),
  );

  it(
    'continued timeouts use up the attempts; the failed payouts can be retried and are paid once',
    { timeout: 60_000 },
    () =>
      inWorld(database, { settings }, async (world, client) => {
        await world.setBank({ mode: 'timeout' });
        await client.create(requestFor(5));
        await finish(world, BATCH, TEN_MINUTES);
        await expectSoundEnd(world);
        expect((await readBatch(world.deps, BATCH)).counts.failed).toBe(5);

        await world.setBank({ mode: 'happy' });
        expect(await client.retryFailed()).toMatchObject({ reopened: 5 });
        await finish(world, BATCH, TEN_MINUTES);
        await expectSoundEnd(world, 6);
        expect((await readBatch(world.deps, BATCH)).counts.completed).toBe(5);
      }),
  );

  it('an outcome stays unknown, and nothing is sent, until the bank answers', { timeout: 60_000 }, () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 5 } }, async (world, client) => {
      await world.setBank({ mode: 'garbage', lookups: 'down' });
      await client.create(requestFor(5));
      await world.clock.sleep(TEN_MINUTES);
      const { batch, counts } = await readBatch(world.deps, BATCH);
      expect([batch.status, counts.unknown + counts.processing]).toEqual(['in_progress', 5]);
      expect(await world.arrivals()).toBe(5);

      await world.setBank({ lookups: 'ok' });
      await finish(world);
      await expectSoundEnd(world, 1);
      expect((await readBatch(world.deps, BATCH)).counts.completed).toBe(5);
    }),
  );

  it('a call that reaches the bank after its deadline is not sent again', () =>
    inWorld(
      database,
      {
        settings: { PAYOUT_CHUNK_SIZE: 5 },
        // The network delays calls: they arrive half a second after the sender has given up.
        adjust: (deps, { clock }) => ({
          ...deps,
          bank: railOf(
            deps.bank.deadlineMs,
            async (instruction) => {
              void clock.act(async () => {
                await clock.sleep(500);
                await deps.bank.send(instruction, async () => true);
              });
              return { kind: 'unanswered', cause: 'timed_out' };
            },
            (reference) => deps.bank.lookUp(reference),
          ),
        }),
      },
      async (world, client) => {
        await client.create(requestFor(5));
        await finish(world);
        await expectSoundEnd(world, 1);
      },
    ));
});

describe.concurrent('the circuit breaker', () => {
  it(
    'opens when no call is answered, holds payouts back without using up attempts, and closes again',
    { timeout: 60_000 },
    () =>
      inWorld(
        database,
        {
          settings: { PAYOUT_CHUNK_SIZE: 5, BANK_BREAKER_FAILURES: 3, BANK_BREAKER_OPEN_MS: 20, BANK_MAX_IN_FLIGHT: 1 },
        },
        async (world, client) => {
          await world.setBank({ mode: 'garbage' });
          await client.create(requestFor(20));
          await world.clock.sleep(5_000);
          await world.setBank({ mode: 'happy' });
          await finish(world, BATCH, TEN_MINUTES);
          await expectSoundEnd(world, 1);
          expect((await readBatch(world.deps, BATCH)).counts.completed).toBe(20);
        },
      ),
  );

  it('does not make workers busy-wait while it is open', { timeout: 60_000 }, () =>
    inWorld(
      database,
      {
        settings: {
          PAYOUT_CHUNK_SIZE: 5,
          BANK_BREAKER_FAILURES: 1,
          BANK_BREAKER_OPEN_MS: 3_600_000,
          BANK_MAX_IN_FLIGHT: 1,
        },
      },
      async (world, client) => {
        await world.setBank({ mode: 'garbage' });
        let writes = 0;
        world.observers.push(async (what) => {
          if (what.startsWith('commitOutcomes')) writes += 1;
        });
        await client.create(requestFor(10));
        await world.clock.sleep(60_000);
        expect(writes).toBeLessThan(100);
      },
    ),
  );
});
