import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import { dynamoBatches } from '../../lib/payouts/dynamo-batches.ts';
import { dynamoChunks } from '../../lib/payouts/dynamo-chunks.ts';
import { dynamoClaims } from '../../lib/payouts/dynamo-claims.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import type { Destination } from '../../lib/payouts/payout.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { addressChanged } from '../../lib/withdrawals/action-events.ts';
import { dynamoDenyList } from '../../lib/withdrawals/dynamo-deny-list.ts';
import { dynamoWithdrawals } from '../../lib/withdrawals/dynamo-withdrawals.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { withdrawalItem } from '../../lib/withdrawals/items.ts';
import type { DeniedAddress, DenyList } from '../../lib/withdrawals/ports.ts';
import { newWithdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { anInstruction } from '../support/builders.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between } from '../support/faults.ts';
import { Data, type Item, migrateDespiteCrash } from '../support/migrations.ts';
import { SECRETS } from '../support/secrets.ts';
import { ADDRESS, ANA, ethRequest } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const VERSION = 5;
const files = migrationFiles().slice(0, VERSION);
const NOW = Date.now();

const ACCOUNT = 'ID01234567897823';
const PIX = 'ana@example.com';
/** As the deny-list has it. */
const DENIED = ADDRESS.toLowerCase();
const PLAIN = [ACCOUNT, PIX, ADDRESS, DENIED];
const KEY = 'key' as IdempotencyKey;
const WITHDRAWAL = withdrawalIdOf(ANA, KEY);

function request(destination: Destination, size = 3) {
  const payouts = Array.from({ length: size }, (_, nth) => anInstruction({ externalId: `v-${nth}`, destination }));
  // A payee of a PIX payment has no name.
  const instructions = payouts.map((payout) =>
    destination.type === 'pix' ? { ...payout, payee: { id: payout.payee.id } } : payout,
  );
  return { batchId: destination.type, autoStart: false, instructions };
}
const VENDORS = request({ type: 'bank_account', bankAccount: ACCOUNT, bankName: 'BCA' });
const PIXES = request({ type: 'pix', pixKey: PIX });

/** The current code on these tables. */
function currentCode(data: Data) {
  const payouts = data.table('payouts');
  const events = data.table('events');
  const batches = dynamoBatches(data.client, { payouts, events, access: 'none', imports: 'none' }, SECRETS);
  const policy = { chunkSize: 2, creationLeaseMs: 10_000 };
  const chunks = dynamoChunks(data.client, { payouts, events }, SECRETS);
  const claims = dynamoClaims(data.client, payouts);
  const stores = { batches, chunks, claims, newId: () => 'stamp' };
  const deps = { ...stores, policy, hmac: () => SECRETS.hmac(), approvalPolicy, ...eventDeps } as unknown as PayoutDeps;
  const tables = { withdrawals: data.table('withdrawals'), wallets: 'none', events, access: 'none' };
  return {
    create: (wanted: ReturnType<typeof request>) => createBatch(deps, wanted, undefined),
    chunks,
    withdrawals: dynamoWithdrawals(data.client, tables, SECRETS),
    denyList: dynamoDenyList(data.client, tables, SECRETS),
  };
}

/** No rules. */
const approvalPolicy = async () => ({ version: 0, rules: [] });
const eventDeps = { now: () => NOW, requestId: () => undefined, principal: () => undefined };
const denial = (of: DeniedAddress) => addressChanged(eventDeps, 'address.denied', of);

/** @returns whether it was listed */
async function allow(denyList: DenyList): Promise<boolean> {
  const before = await denyList.read('ethereum', DENIED);
  return before !== undefined && denyList.remove(before, addressChanged(eventDeps, 'address.allowed', before));
}

const denied = {
  network: 'ethereum' as const,
  address: DENIED,
  reason: 'fraud',
  createdAt: '2026-11-20T10:00:00.000Z',
};

/** Written by the current code, and migrated back: as the version before has it. */
async function given(requests = [VENDORS, PIXES], upTo = VERSION - 1): Promise<Data> {
  const data = await Data.given(database, ['payouts', 'withdrawals', 'events']);
  const { create, denyList } = currentCode(data);
  for (const wanted of requests) await create(wanted);
  await denyList.put(undefined, denied, denial(denied));
  const withdrawal = newWithdrawal(ethRequest(5), { id: WITHDRAWAL, key: KEY, requiredConfirmations: 3 }, NOW);
  await data.putInto('withdrawals', withdrawalItem(withdrawal) as Item); // in plain
  await data.runner(files).force(VERSION - 1);
  await data.runner(files).up(1);
  if (upTo < VERSION) await data.runner(files).down(1);
  return data;
}

const stored = async (data: Data) => [...(await data.items('payouts')), ...(await data.items('withdrawals'))];
const shownIn = (items: readonly Item[]) => PLAIN.filter((text) => JSON.stringify(items).includes(text));

/** What the current code reads, before and after the migration. */
async function expectReadable(data: Data) {
  const { create, chunks, withdrawals, denyList } = currentCode(data);
  for (const wanted of [VENDORS, PIXES]) {
    const id = wanted.batchId as BatchId;
    const payouts = [...(await chunks.readPayouts(id, 1)), ...(await chunks.readPayouts(id, 2))];
    expect(payouts).toMatchObject(wanted.instructions);
    expect(await create(wanted)).toMatchObject({ replayed: true });
    const [first, ...others] = wanted.instructions;
    const changed = {
      ...wanted,
      instructions: [{ ...anInstruction(), externalId: first?.externalId ?? '' }, ...others],
    };
    await expect(create(changed)).rejects.toThrow('exists with different content');
  }
  expect(await withdrawals.read(WITHDRAWAL)).toMatchObject({ address: ADDRESS });
  expect(await denyList.has('ethereum', DENIED)).toBe(true);
  expect((await denyList.list('ethereum', { limit: 10 })).items).toEqual([denied]);
}

async function expectEncrypted(data: Data) {
  expect(shownIn(await stored(data))).toEqual([]);
  await expectReadable(data);
}

async function expectPlain(data: Data) {
  const items = await stored(data);
  expect(shownIn(items)).toEqual(PLAIN);
  expect(JSON.stringify(items)).not.toContain('enc:');
  for (const { digest } of items.filter(({ sk }) => sk === 'BATCH')) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  await expectReadable(data);
}

describe('accounts, PIX keys and addresses', () => {
  it('are encrypted on the way up, and read unchanged', async () => {
    const data = await given();
    await data.runner(files).up(1);
    await expectEncrypted(data);
  });

  it('are in plain again on the way back, and read unchanged', async () => {
    await expectPlain(await given());
  });

  it('are all found, page by page', async () => {
    const data = await given([request(VENDORS.instructions[0]?.destination as Destination, 700)]);
    await data.runner(files).up(1);
    expect(shownIn(await stored(data))).toEqual([]);
  });

  it('do not change if the migration runs again', async () => {
    const data = await given([VENDORS, PIXES], VERSION);
    const before = await stored(data);
    await data.runner(files).force(VERSION - 1);
    await data.runner(files).up(1);
    expect(await stored(data)).toEqual(before);
  });

  it('keep a change of a withdrawal that comes in between', async () => {
    const data = await given();
    const { withdrawals } = currentCode(data);
    const before = await withdrawals.read(WITHDRAWAL);
    let changes = 0;
    const client = between(documentClient(), async (command, pass, input) => {
      const { TableName } = input as { TableName?: string };
      if (command === 'UpdateItemCommand' && TableName === data.table('withdrawals') && before) {
        const changed = await withdrawals.advance(before, { ...before, version: before.version + 1 });
        changes += changed.kind === 'done' ? 1 : 0;
      }
      return pass();
    });
    await data.runner(files, { client }).up(1);
    expect(changes).toBe(1);
    expect(await withdrawals.read(WITHDRAWAL)).toMatchObject({ version: 2, address: ADDRESS });
    await expectEncrypted(data);
  });
});

describe('a denied address', () => {
  it.each(['up', 'down'] as const)('is denied at every moment of the way %s', async (way) => {
    const data = await given([VENDORS], way === 'up' ? VERSION - 1 : VERSION);
    const { denyList } = currentCode(data);
    const seen: boolean[] = [];
    const client = between(documentClient(), async (_command, pass) => {
      seen.push(await denyList.has('ethereum', DENIED));
      const answer = await pass();
      seen.push(await denyList.has('ethereum', DENIED));
      return answer;
    });
    await data.runner(files, { client })[way](1);
    expect(new Set(seen)).toEqual(new Set([true]));
  });

  it('that was removed during the migration stays removed', async () => {
    const data = await given([VENDORS]);
    const { denyList } = currentCode(data);
    const client = between(documentClient(), async (command, pass) => {
      if (command === 'TransactWriteItemsCommand') await allow(denyList);
      return pass();
    });
    await data.runner(files, { client }).up(1);
    expect(await denyList.has('ethereum', DENIED)).toBe(false);
  });

  it('that an earlier version stored is replaced and removed before the migration', async () => {
    const data = await given([VENDORS]);
    const { denyList } = currentCode(data);
    const replaced = { ...denied, id: 'dny_1', reason: 'stolen' };
    expect(await denyList.put(undefined, replaced, denial(replaced))).toBe(false);
    expect(await denyList.put(denied, replaced, denial(replaced))).toBe(true);
    expect((await denyList.list('ethereum', { limit: 10 })).items).toEqual([replaced]);
    expect(await allow(denyList)).toBe(true);
    expect(await allow(denyList)).toBe(false);
  });
});

for (const way of ['up', 'down'] as const) {
  await crashMatrix(`fields are ${way === 'up' ? 'encrypted' : 'decrypted'}`, {
    async play(plan) {
      const data = await given([VENDORS, PIXES], way === 'up' ? VERSION - 1 : VERSION);
      await migrateDespiteCrash(data, files, way, plan);
      return data;
    },
    judge: way === 'up' ? expectEncrypted : expectPlain,
  });
}
