import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ApprovalDeps, BackfillDeps } from '../../lib/access/approval-ports.ts';
import { dynamoPolicies } from '../../lib/access/dynamo-approvals.ts';
import { dynamoKeys } from '../../lib/access/dynamo-keys.ts';
import { dynamoLimits } from '../../lib/access/dynamo-limits.ts';
import { SECRET_BYTES, secretOf } from '../../lib/access/key.ts';
import { keyApprovals } from '../../lib/access/key-approvals.ts';
import type { AccessDeps } from '../../lib/access/ports.ts';
import type { Config } from '../../lib/config.ts';
import { backfillDeps } from '../../lib/dependencies/approvals.ts';
import { payoutDeps } from '../../lib/dependencies/payouts.ts';
import { httpBank } from '../../lib/dependencies/rails.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { KeyId, Principal } from '../../lib/kernel/principal.ts';
import { batchApprovals } from '../../lib/payouts/approve-batch.ts';
import type { ChunkMessage } from '../../lib/payouts/chunk.ts';
import { deadChunks } from '../../lib/payouts/dead-chunks.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { dynamoPaidPayouts } from '../../lib/payouts/dynamo-paid.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { type ChunkResult, payChunk } from '../../lib/payouts/pay-chunk.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { recoverBatches } from '../../lib/payouts/recover-batches.ts';
import { recoverNotifications } from '../../lib/payouts/recover-notifications.ts';
import { type Delivery, recordDeadLetter } from '../../lib/recovery/index.ts';
import { secretBytes } from '../../lib/runtime.ts';
import { type RunningBank, startBank } from '../../localstack/bank/server.ts';
import { differencesInLimits, reservedBy } from '../../scripts/verify/limits-checks.ts';
import { type Database, documentClient, itemsOf } from './database.ts';
import { eventsOf } from './outbox.ts';
import { paying } from './payout-process.ts';
import { type DeadMessage, QUEUES } from './queue.ts';
import type { Moved } from './rail.ts';
import { recoverAll } from './recovery.ts';
import { SECRETS } from './secrets.ts';
import { type Settings, settings } from './settings.ts';
import { Stage, type StageOptions } from './stage.ts';

export type WorldOptions = StageOptions<PayoutDeps, World> & {
  /** Settings of the service, as its environment would give them. */
  readonly settings?: Settings;
  /** The key that makes the requests; by default none. */
  readonly principal?: () => Principal;
  /** A client that does more than the usual one. */
  readonly dynamo?: DynamoDBDocumentClient;
};

/** A process has them beside what payouts need. */
type KeyStores = Pick<AccessDeps, 'keys'> & Pick<ApprovalDeps, 'policies'>;

/** The use cases of payouts with tables, a bank, a queue, workers and recovery. */
export class World extends Stage<PayoutDeps, ChunkMessage, ChunkResult> {
  /** The deps of a client that never dies. */
  readonly deps: PayoutDeps;

  /** On for tests in which the rail gives money back. */
  hasReturns = false;

  readonly #options: WorldOptions;
  readonly #bank: RunningBank;
  readonly settings: Config;
  readonly #dynamo: DynamoDBDocumentClient;
  #ids = 0;

  private constructor(options: WorldOptions, bank: RunningBank, tables: Settings) {
    super(options, paying);
    this.#options = options;
    this.#dynamo = options.dynamo ?? documentClient();
    this.#bank = bank;
    this.settings = settings({
      ...tables,
      BANK_URL: bank.url,
      BANK_DEADLINE_MS: 4_000,
      PAYOUT_CHUNK_SIZE: 3,
      ...options.settings,
    });
    this.deps = this.container();
  }

  static async open(database: Database, options: WorldOptions = {}): Promise<World> {
    const bank = await startBank({ port: 0, ledgerFile: ':memory:' });
    return new World(options, bank, await database.newTables('PAYOUTS_TABLE', 'EVENTS_TABLE', 'ACCESS_TABLE'));
  }

  async end(): Promise<void> {
    this.#dynamo.destroy();
    await this.#bank.stop();
  }

  protected work(deps: PayoutDeps, message: ChunkMessage, delivery: Pick<Delivery, 'receives'>): Promise<ChunkResult> {
    return payChunk(deps, message, delivery);
  }

  protected async recover(deps: PayoutDeps): Promise<void> {
    await recoverAll(recoverBatches, deps);
    if (this.hasReturns) await recoverAll(recoverNotifications, deps);
  }

  protected async bury({ message, ...deadLetter }: DeadMessage<ChunkMessage>): Promise<void> {
    await recordDeadLetter(deadChunks(this.deps), message, deadLetter);
  }

  async setBank(behaviour: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.#bank.url}/mode`, { method: 'PUT', body: JSON.stringify(behaviour) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** The bank returns the money of a reference. */
  async giveBack(reference: string, changes: object = {}): Promise<void> {
    const body = JSON.stringify({ reference, code: 'AC04', ...changes });
    const answer = await fetch(`${this.#bank.url}/simulate/return`, { method: 'POST', body });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** What really moved of a batch of at most 5,000 payouts, by instruction. */
  async ledger(id: BatchId): Promise<Map<string, Moved>> {
    const page = await fetch(`${this.#bank.url}/audit/instructions?prefix=${id}.&limit=5000`);
    const { instructions } = (await page.json()) as { instructions: Moved[] };
    return new Map(instructions.map((each) => [each.instruction, each]));
  }

  /** The deps of a process that decides about approvals. Its batches belong to this process. */
  approving(deps: PayoutDeps & Partial<KeyStores>): ApprovalDeps {
    const { policies, keys } = { ...this.#keyStores(), ...deps };
    const subjects = { batch: batchApprovals(deps), key: keyApprovals({ ...deps, keys }) };
    return { ...deps, policies, subjects };
  }

  /** What a process that looks for payees of earlier payouts has. @param pageSize items that it reads at a time */
  backfilling(dynamo = this.#dynamo, pageSize = 2): BackfillDeps {
    const { policies, knownPayees, backfills } = backfillDeps(this.settings, { dynamo, secrets: SECRETS });
    const payouts = dynamoPaidPayouts(dynamo, this.settings.PAYOUTS_TABLE, SECRETS, pageSize);
    return { policies, knownPayees, backfills, paid: { payouts }, now: this.clock.now };
  }

  /** What a process that administers keys has. */
  administering(deps: PayoutDeps & Partial<KeyStores>): AccessDeps {
    return {
      ...{ ...this.#keyStores(), ...deps },
      limits: dynamoLimits(this.#dynamo, this.settings.ACCESS_TABLE),
      newId: randomUUID,
      newSecret: () => secretOf(false, secretBytes(SECRET_BYTES)),
      assets: new Map(),
      policy: { backoff: { baseMs: 20, maxMs: 1_000 }, patienceMs: 10_000 },
    };
  }

  #keyStores(): KeyStores {
    const { ACCESS_TABLE: access, EVENTS_TABLE: events } = this.settings;
    return {
      keys: dynamoKeys(this.#dynamo, access, events),
      policies: dynamoPolicies(this.#dynamo, { access, events }),
    };
  }

  /** Every event. */
  events(): Promise<DomainEvent[]> {
    return eventsOf(this.#dynamo, this.settings.EVENTS_TABLE);
  }

  /** All that a table has. */
  items(table: 'PAYOUTS_TABLE' | 'EVENTS_TABLE' | 'ACCESS_TABLE') {
    return itemsOf(this.#dynamo, this.settings[table]);
  }

  /** What is wrong with the counters of limits, after all reservations of all batches. */
  async limitProblems(): Promise<unknown[]> {
    const items = await this.items('PAYOUTS_TABLE');
    const batches = items.filter(({ sk }) => sk === 'BATCH').map(batchOf);
    return differencesInLimits(await this.items('ACCESS_TABLE'), batches.flatMap(reservedBy));
  }

  /** The counters of a key. */
  used(keyId: KeyId, day: Day): Promise<ReadonlyMap<string, bigint>> {
    return dynamoLimits(this.#dynamo, this.settings.ACCESS_TABLE).usedOn(keyId, day);
  }

  async arrivals(): Promise<number> {
    return ((await (await fetch(`${this.#bank.url}/audit`)).json()) as { arrivals: number }).arrivals;
  }

  protected container(): PayoutDeps {
    const built = payoutDeps(this.settings, {
      secrets: SECRETS,
      dynamo: this.#dynamo,
      queues: QUEUES,
      bank: httpBank(this.settings),
    });
    const deps: PayoutDeps = {
      ...built,
      queue: this.queue,
      now: this.clock.now,
      sleep: this.clock.sleep,
      newId: () => `id-${++this.#ids}`,
      random: this.random,
      epoch: async () => undefined,
      principal: this.#options.principal ?? built.principal,
    };
    return { ...this.#keyStores(), ...(this.#options.adjust?.(deps, this) ?? deps) };
  }
}
