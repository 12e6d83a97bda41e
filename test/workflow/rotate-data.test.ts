import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { dynamoSealedFields } from '../../lib/crypto/dynamo-sealed-fields.ts';
import { PUBLISH_MS } from '../../lib/crypto/key-ring.ts';
import { SEALED_TABLES, type SealedTable } from '../../lib/crypto/ports.ts';
import { type RotateDeps, rotateData } from '../../lib/crypto/rotate-data.ts';
import type { Secrets } from '../../lib/crypto/secrets.ts';
import { secrets as secretsAt } from '../../lib/dependencies/crypto.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { totalsOf } from '../../lib/payouts/chunk.ts';
import { dynamoBatches } from '../../lib/payouts/dynamo-batches.ts';
import { dynamoChunks } from '../../lib/payouts/dynamo-chunks.ts';
import { dynamoRejected } from '../../lib/payouts/dynamo-rejected.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import { machine } from '../../lib/runtime.ts';
import { dynamoEndpoints } from '../../lib/webhooks/dynamo-endpoints.ts';
import { type Endpoint, newEndpointId } from '../../lib/webhooks/endpoint.ts';
import { endpointCreated } from '../../lib/webhooks/endpoint-events.ts';
import { addressChanged } from '../../lib/withdrawals/action-events.ts';
import { dynamoDenyList } from '../../lib/withdrawals/dynamo-deny-list.ts';
import { dynamoWithdrawals } from '../../lib/withdrawals/dynamo-withdrawals.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { sealWithdrawal, withdrawalItem } from '../../lib/withdrawals/items.ts';
import { newWithdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { aBatch, aChunk, aPayout } from '../support/builders.ts';
import { documentClient, givenADatabase, itemsOf } from '../support/database.ts';
import { between } from '../support/faults.ts';
import { ADDRESS, ANA, ethRequest } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const directory = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
const keyFile = join(directory, 'key');
writeFileSync(keyFile, Buffer.alloc(32, 5).toString('base64url'));
afterAll(() => rmSync(directory, { recursive: true }));

const KEY = 'key' as IdempotencyKey;
const SIZE = 250;
const BATCH = 'batch' as BatchId;
const REJECTED = [{ position: 1, list: 'payouts', row: 'an account', problems: [] }];
/** The accounts of payouts, and the invalid entries of a request. */
const FIELDS = SIZE + 1;
const denied = {
  network: 'ethereum' as const,
  address: ADDRESS.toLowerCase(),
  reason: 'fraud',
  createdAt: '2026-11-20',
};

const ENDPOINT: Endpoint = {
  id: newEndpointId(0, '0'.repeat(32)),
  url: 'https://hooks.example',
  description: '',
  enabled: true,
  filters: [],
  secrets: [{ secret: 'whsec_AAAA' }],
  createdAt: '2026-11-20',
  version: 1,
};

/** Tables with encrypted fields, and processes with keys of their own. */
class World {
  now = Date.now();
  readonly client = documentClient();
  readonly #names: Record<SealedTable | 'system' | 'events', string>;

  private constructor(names: World['names']) {
    this.#names = names;
  }

  get names() {
    return this.#names;
  }

  static async given(): Promise<World> {
    const [payouts, withdrawals, webhooks, system, events] = await Promise.all(
      ['PayoutsTable', 'WithdrawalsTable', 'WebhooksTable', 'SystemTable', 'EventsTable'].map((id) =>
        database.newTable(id),
      ),
    );
    const world = new World({ payouts, withdrawals, webhooks, system, events } as World['names']);
    await world.#fill(world.process());
    return world;
  }

  process(client = this.client): Secrets {
    const settings = { SYSTEM_TABLE: this.names.system, KEY_ENCRYPTION_KEY: `file:${keyFile}` };
    return secretsAt(settings, { dynamo: client }, { ...machine, now: () => this.now });
  }

  stores(secrets: Secrets) {
    const { payouts, withdrawals, webhooks, events } = this.names;
    return {
      batches: dynamoBatches(this.client, { payouts, events, access: 'none', imports: 'none' }, secrets),
      chunks: dynamoChunks(this.client, { payouts, events }, secrets),
      rejected: dynamoRejected(this.client, payouts, secrets),
      withdrawals: dynamoWithdrawals(this.client, { withdrawals, wallets: 'none', events, access: 'none' }, secrets),
      denyList: dynamoDenyList(this.client, { withdrawals, events }, secrets),
      endpoints: dynamoEndpoints(this.client, { webhooks, events }, secrets),
    };
  }

  async #fill(secrets: Secrets): Promise<void> {
    const { batches, denyList, endpoints, rejected } = this.stores(secrets);
    const payouts = Array.from({ length: SIZE }, (_, index) =>
      aPayout({ id: payoutId({ batchId: BATCH, chunk: 1 + Math.floor(index / 50), position: index + 1 }) }),
    );
    const chunks = Array.from({ length: SIZE / 50 }, (_, index) => {
      const own = payouts.slice(index * 50, index * 50 + 50);
      return { chunk: aChunk({ number: index + 1, size: 50, ...totalsOf(own) }), payouts: own };
    });
    await batches.insertChunks(chunks);
    const creating = aBatch({ id: BATCH, status: 'creating' });
    await batches.insert(creating);
    await rejected.insert(creating, REJECTED);
    const withdrawal = newWithdrawal(
      ethRequest(5),
      { id: withdrawalIdOf(ANA, KEY), key: KEY, requiredConfirmations: 3 },
      this.now,
    );
    const Item = withdrawalItem(sealWithdrawal(await secrets.sealer('withdrawals'), withdrawal));
    await this.client.send(new PutCommand({ TableName: this.names.withdrawals, Item }));
    const deps = { now: () => this.now, requestId: () => undefined, principal: () => undefined };
    await denyList.put(undefined, denied, addressChanged(deps, 'address.denied', denied));
    await endpoints.insert(ENDPOINT, endpointCreated(deps, ENDPOINT), { scope: 'webhook', key: KEY, request: {} });
  }

  deps(client = this.client): RotateDeps {
    return {
      secrets: this.process(client),
      fields: dynamoSealedFields(client, (table) => this.names[table]),
      now: () => this.now,
      sleep: async (ms) => {
        this.now += ms;
      },
      onProgress: () => {},
    };
  }

  /** The versions of all encrypted texts of a table, in whichever attribute they are. */
  async versions(table: SealedTable): Promise<Record<string, number>> {
    const text = JSON.stringify(await itemsOf(this.client, this.names[table]));
    const counts: Record<string, number> = {};
    for (const [, version = ''] of text.matchAll(/enc:(\d+):/g)) counts[version] = (counts[version] ?? 0) + 1;
    return counts;
  }
}

async function expectReadable(world: World, secrets: Secrets): Promise<void> {
  const { chunks, withdrawals, denyList, endpoints, rejected } = world.stores(secrets);
  expect(await rejected.read(BATCH)).toEqual(REJECTED);
  for (let chunk = 1; chunk <= SIZE / 50; chunk += 1) {
    for (const { destination } of await chunks.readPayouts(BATCH, chunk))
      expect(destination).toEqual(aPayout().destination);
  }
  expect(await endpoints.read(ENDPOINT.id)).toEqual(ENDPOINT);
  expect(await withdrawals.read(withdrawalIdOf(ANA, KEY))).toMatchObject({ address: ADDRESS });
  expect((await denyList.list('ethereum', { limit: 5 })).items).toEqual([denied]);
  expect(await denyList.has('ethereum', denied.address)).toBe(true);
}

describe('a rotation of the data keys', () => {
  it('encrypts every field again, while processes that started before it read and write', async () => {
    const world = await World.given();
    const older = world.process();
    await expectReadable(world, older);
    const counts = { payouts: FIELDS, withdrawals: 2, webhooks: 1 };
    for (const table of SEALED_TABLES) {
      expect(await world.versions(table)).toEqual({ 1: counts[table] });
      const rotated = await rotateData(world.deps(), table);
      expect(rotated).toEqual({ version: 2, reencrypted: counts[table], remaining: 0, plain: 0 });
      expect(await world.versions(table)).toEqual({ 2: counts[table] });
    }
    await expectReadable(world, older);
    await expectReadable(world, world.process());
  });

  it('begins only when every process knows the new version', async () => {
    const world = await World.given();
    const deps = world.deps();
    const slept: number[] = [];
    await rotateData({ ...deps, sleep: (ms) => deps.sleep(ms).then(() => void slept.push(ms)) }, 'payouts');
    expect(slept).toEqual([PUBLISH_MS]);
  });

  it('keeps a change that comes in between', async () => {
    const world = await World.given();
    const { withdrawals } = world.stores(world.process());
    const id = withdrawalIdOf(ANA, KEY);
    let changes = 0;
    const client = between(documentClient(), async (command, pass) => {
      const isFirst = command === 'UpdateItemCommand' && changes === 0;
      if (isFirst) changes += 1;
      const before = isFirst ? await withdrawals.read(id) : undefined;
      if (before) {
        await withdrawals.advance(before, { ...before, version: before.version + 1 });
      }
      return pass();
    });
    expect(await rotateData(world.deps(client), 'withdrawals')).toMatchObject({ remaining: 0 });
    expect([changes, (await withdrawals.read(id))?.version]).toEqual([1, 2]);
    expect(await world.versions('withdrawals')).toEqual({ 2: 2 });
  });

  it('that was interrupted is resumed without another version', async () => {
    const world = await World.given();
    let writes = 0;
    const underWay: Promise<unknown>[] = [];
    const client = between(documentClient(), async (command, pass) => {
      if (command === 'UpdateItemCommand' && ++writes > 30) throw new Error('killed');
      const answer = pass();
      underWay.push(answer);
      return answer;
    });
    await expect(rotateData(world.deps(client), 'payouts')).rejects.toThrow('killed');
    await Promise.allSettled(underWay);
    const { 2: done = 0 } = await world.versions('payouts');
    expect(done).toBeGreaterThan(0);
    const rotated = await rotateData(world.deps(), 'payouts', { resume: true });
    expect(rotated).toEqual({ version: 2, reencrypted: FIELDS - done, remaining: 0, plain: 0 });
    await expectReadable(world, world.process());
  });
});

it('the keys are stored encrypted, and need the key-encryption key', async () => {
  const world = await World.given();
  const keys = (await itemsOf(world.client, world.names.system)).filter(({ pk }) => pk === 'DATAKEYS');
  expect(keys.map(({ sk }) => sk).sort()).toEqual([
    'hmac#000001',
    'payouts#000001',
    'webhooks#000001',
    'withdrawals#000001',
  ]);
  const other = join(directory, 'other');
  writeFileSync(other, Buffer.alloc(32, 6).toString('base64url'));
  const settings = { SYSTEM_TABLE: world.names.system, KEY_ENCRYPTION_KEY: `file:${other}` };
  const { chunks } = world.stores(secretsAt(settings, { dynamo: world.client }));
  await expect(chunks.readPayouts(BATCH, 1)).rejects.toThrow();
});
