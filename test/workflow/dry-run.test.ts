import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOf } from '../../lib/kernel/day.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { KeyId, Principal } from '../../lib/kernel/principal.ts';
import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import { type Created, createBatch } from '../../lib/payouts/create-batch.ts';
import { type DryRun, dryRun } from '../../lib/payouts/dry-run.ts';
import { dryRunView } from '../../lib/payouts/dry-run-view.ts';
import type { Instruction } from '../../lib/payouts/payout.ts';
import { readDuplicates } from '../../lib/payouts/read-batches.ts';
import { givenADatabase } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import { inWorld, requestFor } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };
const TABLES = ['PAYOUTS_TABLE', 'EVENTS_TABLE', 'ACCESS_TABLE'] as const;

type Line = { readonly id: string; readonly minor: number; readonly payee?: string };

function claiming(batchId: string, lines: readonly Line[], changes: Partial<BatchRequest> = {}): BatchRequest {
  const [template] = requestFor(1).instructions;
  const instructions = lines.map(
    ({ id, minor, payee = `payee of ${id}` }): Instruction => ({
      ...(template as Instruction),
      externalId: id,
      payee: { id: payee },
      money: { minor: BigInt(minor), currency: 'IDR' as Currency },
      claims: ['external_id'],
    }),
  );
  return { batchId, autoStart: false, duplicates: 'skip', instructions, ...changes };
}

const limited = (limits: Principal['limits']) => aPrincipal({ keyId: 'key_of_payroll' as KeyId, limits });
const stored = (world: World) => Promise.all(TABLES.map((table) => world.items(table)));

/** A dry run, which must change nothing. */
async function dry(world: World, request: BatchRequest): Promise<DryRun> {
  const before = await stored(world);
  const found = await dryRun(world.deps, request, undefined);
  expect(await stored(world)).toEqual(before);
  return found;
}

const sent = (world: World, request: BatchRequest): Promise<Created | AppError> =>
  createBatch(world.deps, request, undefined).catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });

/** Sends a request after its dry run: both say the same. */
async function expectAgreement(world: World, request: BatchRequest): Promise<void> {
  const foretold = await dry(world, request);
  const answer = await sent(world, request);
  if (answer instanceof AppError) {
    expect(foretold.refusal).toMatchObject({ code: answer.code, message: answer.message });
    expect(foretold.problems).toEqual(expect.arrayContaining([...answer.details]));
    return;
  }
  const { batch } = answer;
  expect(foretold.refusal).toBeUndefined();
  expect(foretold.existing?.isSame ?? false).toBe(answer.replayed);
  const facts = ({ id, total, duplicates, amounts }: typeof batch) => ({
    id,
    total,
    duplicates,
    amounts: [...amounts],
  });
  expect(facts(foretold.batch)).toEqual(facts(batch));
  expect(foretold.duplicates.map(({ duplicate }) => duplicate)).toEqual(await readDuplicates(world.deps, batch));
}

describe.concurrent('a dry run', () => {
  const line = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e'), minor: fc.constantFrom(5, 5, 5, 90) });
  const requests = fc.array(
    fc.record({
      batch: fc.constantFrom('one', 'two', 'three', 'four'),
      lines: fc.array(line, { minLength: 1, maxLength: 5 }),
      duplicates: fc.constantFrom('skip' as const, 'reject' as const),
    }),
    { minLength: 2, maxLength: 6 },
  );

  it('says what the request then does, and stores nothing', () =>
    fc.assert(
      fc.asyncProperty(requests, (all) => {
        const principal = () => limited({ maxPerDay: { IDR: '200' }, maxPerPayout: { IDR: '89' } });
        return inWorld(database, { settings, principal }, async (world) => {
          for (const { batch, lines, duplicates } of all) {
            await expectAgreement(world, claiming(batch, lines, { duplicates }));
          }
        });
      }),
      { numRuns: 15 },
    ));

  it('names the payouts that have the keys, also of a batch that is being stored', () =>
    inWorld(database, { settings }, async (world) => {
      await sent(world, claiming('one', [{ id: 'a', minor: 5 }]));
      await world.dieAt('before', 'markCreated', (deps) =>
        createBatch(deps, claiming('two', [{ id: 'b', minor: 5 }]), undefined),
      );
      const lines = ['b', 'c', 'a'].map((id) => ({ id, minor: 5 }));
      const found = await dry(world, claiming('three', lines));
      expect(dryRunView(found)).toMatchObject({
        valid: true,
        error: { code: 'REQUEST_IN_PROGRESS' },
        total_count: 2,
        duplicates_count: 1,
        duplicates: [{ position: 3, external_id: 'a', holder: { payout_id: 'one.0001.000001', status: 'pending' } }],
        being_stored: [{ position: 1, external_id: 'b', holder: { batch_id: 'two', status: null } }],
      });
      const { error, problems } = dryRunView(await dry(world, claiming('three', lines, { duplicates: 'reject' })));
      expect([error?.code, problems.length]).toEqual(['DUPLICATE', 2]);
      expect(problems[0]).toMatchObject({ path: 'payouts[2].external_id', batch_id: 'one' });
    }));

  it('says all that the limits of the key allow, and everything that is too much', () =>
    inWorld(
      database,
      { settings, principal: () => limited({ maxPerDay: { IDR: '100' }, maxPerPayout: { IDR: '50' } }) },
      async (world) => {
        await sent(world, claiming('one', [{ id: 'a', minor: 30 }]));
        const [day, lines] = [dayOf(world.clock.now()), [{ id: 'b', minor: 20 }]];
        const fits = dryRunView(await dry(world, claiming('two', [...lines, { id: 'c', minor: 50 }])));
        const room = { currency: 'IDR', day, limit: '100', used: '30', left: '70' };
        expect(fits).toMatchObject({ error: null, problems: [], limits: [{ ...room, asked: '70', exceeded: false }] });
        const none = dryRunView(await dry(world, claiming('two', [...lines, { id: 'c', minor: 51 }])));
        expect(none).toMatchObject({
          valid: true,
          error: { code: 'LIMIT_EXCEEDED' },
          problems: [
            { path: 'payouts[1].amount', asked: '51' },
            { path: 'amount', asked: '71', used: '30' },
          ],
          limits: [{ ...room, asked: '71', exceeded: true }],
        });
      },
    ));

  it('says which rules ask for an approval, and how many persons', () => {
    const base = { kind: 'batch', lapsesAfterHours: 24 } as const;
    const rules = [
      { ...base, currency: 'IDR' as Currency, totalFrom: 100n, approvers: 1 },
      { ...base, currency: 'IDR' as Currency, largestFrom: 60n, approvers: 2, lapsesAfterHours: 5 },
      { ...base, currency: 'USD' as Currency, approvers: 5 },
    ];
    return inWorld(
      database,
      { settings, adjust: (deps) => ({ ...deps, approvalPolicy: async () => ({ version: 1, rules }) }) },
      async (world) => {
        const asked = async (...minors: number[]) =>
          dryRunView(
            await dry(
              world,
              claiming(
                'one',
                minors.map((minor, index) => ({ id: `${index}`, minor })),
              ),
            ),
          ).approval;
        expect(await asked(50, 49)).toBeNull();
        expect(await asked(50, 50)).toMatchObject({ approvers: 1, lapses_after_hours: 24, rules: [{ approvers: 1 }] });
        expect(await asked(50, 60)).toMatchObject({
          approvers: 2,
          lapses_after_hours: 5,
          rules: [{ total_from_minor: '100' }, { largest_from_minor: '60' }],
        });
      },
    );
  });

  it('says whether the batch exists, and with which content', () =>
    inWorld(database, { settings }, async (world) => {
      const request = claiming('one', [{ id: 'a', minor: 5 }]);
      expect(dryRunView(await dry(world, request)).existing).toBeNull();
      await sent(world, request);
      const same = { batch_id: 'one', status: 'created', same_content: true };
      expect(dryRunView(await dry(world, request))).toMatchObject({ error: null, existing: same, total_count: 1 });
      expect(dryRunView(await dry(world, claiming('one', [{ id: 'b', minor: 5 }])))).toMatchObject({
        error: { code: 'IDEMPOTENCY_MISMATCH' },
        existing: { ...same, same_content: false },
      });
    }));
});
