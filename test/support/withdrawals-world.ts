import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { expect } from 'vitest';
import type { ApprovalDeps } from '../../lib/access/approval-ports.ts';
import { dynamoPolicies } from '../../lib/access/dynamo-approvals.ts';
import { dynamoLimits } from '../../lib/access/dynamo-limits.ts';
import type { Config } from '../../lib/config.ts';
import { walletDeps } from '../../lib/dependencies/wallets.ts';
import { withdrawalDeps } from '../../lib/dependencies/withdrawals.ts';
import { currentPrincipal } from '../../lib/edge/context.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import type { Item } from '../../lib/kernel/codec.ts';
import { dayOf } from '../../lib/kernel/day.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Asset } from '../../lib/kernel/money.ts';
import type { Principal } from '../../lib/kernel/principal.ts';
import type { Entry, UserId } from '../../lib/ledger/entry.ts';
import { PostingGroups } from '../../lib/ledger/index.ts';
import { lineOf, walletOf } from '../../lib/ledger/items.ts';
import type { Line, Wallet } from '../../lib/ledger/wallet.ts';
import { recordDeadLetter } from '../../lib/recovery/index.ts';
import { deposit } from '../../lib/wallets/deposit.ts';
import { openWallet } from '../../lib/wallets/open-wallet.ts';
import { withdrawalApprovals } from '../../lib/withdrawals/approve-withdrawal.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { deadWithdrawals } from '../../lib/withdrawals/dead-withdrawals.ts';
import { removalApprovals } from '../../lib/withdrawals/deny-list.ts';
import type { WithdrawalId } from '../../lib/withdrawals/ids.ts';
import { withdrawalOf } from '../../lib/withdrawals/items.ts';
import type { WithdrawalDeps, WithdrawalMessage } from '../../lib/withdrawals/ports.ts';
import { type Processed, processWithdrawal } from '../../lib/withdrawals/process-withdrawal.ts';
import { recoverWithdrawals } from '../../lib/withdrawals/recover-withdrawals.ts';
import { isTerminal, type Withdrawal, type WithdrawalRequest } from '../../lib/withdrawals/withdrawal.ts';
import { differencesInLimits, reservedBy } from '../../scripts/verify/limits-checks.ts';
import { capturesOf } from '../../scripts/verify/wallets-books.ts';
import type { Process } from './crash.ts';
import { type Database, documentClient, itemsOf } from './database.ts';
import { eventsOf } from './outbox.ts';
import { mortalBank } from './payout-process.ts';
import { type DeadMessage, QUEUES } from './queue.ts';
import { type Moved, RailDouble } from './rail.ts';
import { recoverAll } from './recovery.ts';
import { SECRETS } from './secrets.ts';
import { numberedUuids, type Settings, SILENT, settings } from './settings.ts';
import { Stage, type StageOptions } from './stage.ts';

export const ANA = 'ana' as UserId;
export const ETH = 'ETH' as Asset;
export const eth = (wei: number | bigint) => ({ minor: BigInt(wei), currency: ETH });
/** A valid one; see EIP-55. */
export const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
/** How long a withdrawal may take: the recovery's minute and the longest backoff fit in. */
export const PATIENCE_MS = 15 * 60_000;

/** Small amounts of ether are enough, and as deep as three blocks. */
const ASSETS = JSON.stringify({
  ETH: { decimals: 18, networks: { ethereum: { confirmations: 3 } }, min: '1', max: `1${'0'.repeat(77)}` },
});

export function ethRequest(wei: number | bigint, changes: Partial<WithdrawalRequest> = {}): WithdrawalRequest {
  return {
    userId: ANA,
    money: eth(wei),
    network: 'ethereum',
    address: ADDRESS,
    maxRetries: 3,
    source: 'wallet',
    ...changes,
  };
}

export type WithdrawalsOptions = StageOptions<WithdrawalDeps, WithdrawalsWorld> & {
  readonly settings?: Settings;
  /** The key that makes the requests; by default none. */
  readonly principal?: (() => Principal) | undefined;
  /** A client with faults. */
  readonly dynamo?: DynamoDBDocumentClient;
};

/** The use cases of withdrawals with tables, wallets, a chain, a queue, workers and recovery. */
export class WithdrawalsWorld extends Stage<WithdrawalDeps, WithdrawalMessage, Processed> {
  /** The deps of a client that never dies. */
  readonly deps: WithdrawalDeps;
  readonly settings: Config;

  readonly #options: WithdrawalsOptions;
  readonly #rail = new RailDouble(this.clock);
  readonly #dynamo: DynamoDBDocumentClient;
  /** The same in each run, since the chain draws by them. */
  readonly #newId = numberedUuids();
  #keys = 0;

  private constructor(options: WithdrawalsOptions, tables: Settings) {
    super(options, broadcasting);
    this.#options = options;
    this.#dynamo = options.dynamo ?? documentClient();
    this.settings = settings({
      ...tables,
      WITHDRAWAL_ASSETS: ASSETS,
      ...options.settings,
    });
    this.deps = this.container();
  }

  static async open(database: Database, options: WithdrawalsOptions = {}): Promise<WithdrawalsWorld> {
    const tables = ['WITHDRAWALS_TABLE', 'WALLETS_TABLE', 'EVENTS_TABLE', 'ACCESS_TABLE'] as const;
    return new WithdrawalsWorld(options, await database.newTables(...tables));
  }

  /** Runs a test in a world of its own, beside workers and recovery. */
  static async playing<Result>(
    database: Database,
    options: WithdrawalsOptions,
    test: (world: WithdrawalsWorld) => Promise<Result>,
  ): Promise<Result> {
    const world = await WithdrawalsWorld.open(database, options);
    return world.during(() => world.play(() => test(world)));
  }

  async end(): Promise<void> {
    this.#dynamo.destroy();
    this.#rail.close();
  }

  /** Opens Ana's wallet with this much ether. */
  async furnish(wei: number | bigint, userId = ANA): Promise<void> {
    const deps = {
      ...walletDeps(this.settings, { dynamo: this.#dynamo, gateway: this.deps.chain, groups: new PostingGroups() }),
      now: this.clock.now,
      newId: this.#newId,
    };
    await openWallet(deps, { userId, currency: ETH });
    if (BigInt(wei) > 0n) await deposit(deps, { userId, money: eth(wei) }, this.newKey());
  }

  newKey(): IdempotencyKey {
    this.#keys += 1;
    return `key-${this.#keys}` as IdempotencyKey;
  }

  async withdraw(wei: number | bigint, changes: Partial<WithdrawalRequest> = {}): Promise<Withdrawal> {
    return (await createWithdrawal(this.deps, ethRequest(wei, changes), this.newKey())).withdrawal;
  }

  async read(id: WithdrawalId): Promise<Withdrawal> {
    const found = await this.deps.withdrawals.read(id);
    if (!found) throw new Error(`there is no ${id}`);
    return found;
  }

  /** Stores items without a request. */
  async put(table: 'WITHDRAWALS_TABLE', ...items: readonly Item[]): Promise<void> {
    const TableName = this.settings[table];
    await pMap(items, (Item) => this.#dynamo.send(new PutCommand({ TableName, Item })), { concurrency: 8 });
  }

  behave(behaviour: object): Promise<void> {
    return this.#rail.behave(behaviour);
  }

  /** What really moved, by instruction. */
  async moved(): Promise<Map<string, Moved>> {
    return new Map(this.#rail.instructions.map((each) => [each.instruction, each]));
  }

  /** Lets time pass until nothing is open. */
  async settled(patienceMs = PATIENCE_MS): Promise<Books> {
    const open = async () => (await this.withdrawals()).filter((each) => !isTerminal(each));
    await this.until(
      async () => (await open()).length === 0,
      patienceMs,
      async () => (await open()).map(({ id, status, rounds }) => `${id} is ${status}, ${rounds} rounds`).join('; '),
    );
    return this.audit();
  }

  async withdrawals(): Promise<Withdrawal[]> {
    const items = await itemsOf(this.#dynamo, this.settings.WITHDRAWALS_TABLE);
    return items.filter(({ sk }) => sk === 'WITHDRAWAL').map(withdrawalOf);
  }

  async books(): Promise<Books> {
    const [withdrawals, wallets, events, moved] = await Promise.all([
      this.withdrawals(),
      itemsOf(this.#dynamo, this.settings.WALLETS_TABLE),
      eventsOf(this.#dynamo, this.settings.EVENTS_TABLE),
      this.moved(),
    ]);
    return {
      withdrawals,
      captures: withdrawals.flatMap(capturesOf),
      wallets: wallets.filter(({ sk }) => sk === 'WALLET').map(walletOf),
      lines: wallets.filter(({ pk, sk }) => `${pk}`.startsWith('WALLET#') && sk !== 'WALLET').map(lineOf),
      events,
      moved,
    };
  }

  /** Reads everything and expects that it is sound. */
  async audit(): Promise<Books> {
    const books = await this.books();
    expectSound(books);
    if (this.#options.principal) {
      const access = await itemsOf(this.#dynamo, this.settings.ACCESS_TABLE);
      expect(differencesInLimits(access, books.withdrawals.flatMap(reservedBy))).toEqual([]);
    }
    return books;
  }

  /** What a key has used today. */
  async used({ keyId }: Principal): Promise<bigint> {
    const limits = dynamoLimits(this.#dynamo, this.settings.ACCESS_TABLE);
    return (await limits.usedOn(keyId, dayOf(this.clock.now()))).get(ETH) ?? 0n;
  }

  /** What a process that decides about approvals has. */
  approving(deps: WithdrawalDeps = this.deps): ApprovalDeps {
    const { ACCESS_TABLE: access, EVENTS_TABLE: events } = this.settings;
    const policies = dynamoPolicies(this.#dynamo, { access, events });
    return {
      ...deps,
      policies,
      sleep: this.clock.sleep,
      subjects: { withdrawal: withdrawalApprovals(deps), deny_list_removal: removalApprovals(deps) },
    };
  }

  protected work(deps: WithdrawalDeps, message: WithdrawalMessage): Promise<Processed> {
    return processWithdrawal(deps, message);
  }

  protected async recover(deps: WithdrawalDeps): Promise<void> {
    await recoverAll(recoverWithdrawals, deps);
  }

  protected async bury({ message, ...delivery }: DeadMessage<WithdrawalMessage>): Promise<void> {
    await recordDeadLetter(deadWithdrawals(this.deps), message, delivery);
  }

  protected container(): WithdrawalDeps {
    const built = withdrawalDeps(this.settings, {
      secrets: SECRETS,
      dynamo: this.#dynamo,
      queues: QUEUES,
      chain: this.#rail.rail('broadcasts', this.settings.CHAIN_DEADLINE_MS),
      groups: new PostingGroups(),
    });
    const deps: WithdrawalDeps = {
      ...built,
      queue: this.queue,
      now: this.clock.now,
      sleep: this.clock.sleep,
      newId: this.#newId,
      random: this.random,
      epoch: async () => undefined,
      requestId: () => 'req-1',
      principal: this.#options.principal ?? currentPrincipal,
      log: SILENT,
    };
    return this.#options.adjust?.(deps, this) ?? deps;
  }
}

/** Repeats a request of a process that died, until there is an answer. An AppError is an answer. */
export async function insist(
  world: WithdrawalsWorld,
  role: string,
  request: (deps: WithdrawalDeps) => Promise<unknown>,
): Promise<void> {
  for (;;) {
    const run = await world.process(role).run(request);
    if (run.kind === 'returned') return;
    if (run.kind === 'threw' && !(run.error instanceof AppError)) throw run.error;
    if (run.kind === 'threw') return;
    await world.clock.sleep(1_000);
  }
}

/** A process that broadcasts. Its send counts as sent only once it is permitted. */
const broadcasting = (deps: WithdrawalDeps, process: Process<WithdrawalDeps>): Partial<WithdrawalDeps> => ({
  chain: mortalBank(deps.chain, process),
  assets: deps.assets,
  policy: deps.policy,
  log: deps.log,
  groups: deps.groups,
});

export type Books = {
  readonly withdrawals: readonly Withdrawal[];
  readonly wallets: readonly Wallet[];
  readonly lines: readonly Line[];
  readonly captures: readonly Entry[];
  readonly events: readonly DomainEvent[];
  readonly moved: ReadonlyMap<string, Moved>;
};

/** Expects that nothing moved twice, completed withdrawals moved, holds equal open withdrawals, and events match the facts. */
export function expectSound({ withdrawals, wallets, lines, captures, events, moved }: Books): void {
  for (const withdrawal of withdrawals) expectMoved(withdrawal, moved.get(withdrawal.id));
  const known = new Set<string>(withdrawals.map(({ id }) => id));
  expect([...moved.keys()].filter((id) => !known.has(id))).toEqual([]);

  const entries = [...lines.map(({ entry }) => entry), ...captures];
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  for (const withdrawal of withdrawals) expectEntries(withdrawal, entries);
  const sumOf = (account: string) =>
    entries
      .flatMap(({ postings }) => postings)
      .filter((posting) => posting.account === account)
      .reduce((sum, { amount }) => sum + amount, 0n);
  const amountsOf = (which: (withdrawal: Withdrawal) => boolean) =>
    withdrawals
      .filter((each) => each.source === 'wallet' && which(each))
      .reduce((sum, { money }) => sum + money.minor, 0n);
  expect(sumOf('held')).toBe(amountsOf((each) => !isTerminal(each)));
  expect(sumOf('withdrawn')).toBe(amountsOf(({ status }) => status === 'COMPLETED'));
  for (const { userId, balances } of wallets) {
    expect(balances.get(ETH) ?? 0n).toBe(sumOf(`wallet:${userId}`));
    expect(balances.get(ETH) ?? 0n).toBeGreaterThanOrEqual(0n);
  }
  const published = events.filter(({ type }) => OF_STATES.test(type)).map(({ id }) => id);
  expect(published.sort()).toEqual(withdrawals.flatMap(facts).sort());
}

function expectMoved({ id, status, money }: Withdrawal, chained: Moved | undefined): void {
  const moves = chained?.moves ?? 0;
  const what = { id, status, moves };
  if (status === 'COMPLETED')
    expect({ ...what, moved: chained?.moved_minor }).toEqual({ ...what, moves: 1, moved: `${money.minor}` });
  else if (['FAILED', 'REJECTED', 'AWAITING_APPROVAL'].includes(status)) expect(what).toEqual({ ...what, moves: 0 });
  else expect(moves).toBeLessThanOrEqual(1);
}

function expectEntries({ id, status, source, retryCycle }: Withdrawal, entries: readonly Entry[]): void {
  const own = entries.filter(({ references }) => references.withdrawal_id === id).map((entry) => entry.id);
  const end = { COMPLETED: ['capture'], FAILED: ['release'], REJECTED: ['release'] }[status as string] ?? [];
  const called = Array.from({ length: retryCycle }, (_, index) => index + 1).flatMap((nth) =>
    ['hold', ...(nth < retryCycle ? ['release'] : end)].map((what) => `${id}.${nth}.${what}`),
  );
  expect(own.sort()).toEqual(source === 'wallet' ? called.sort() : []);
}

/** The ids of the expected events. */
/** The events that follow from a stored withdrawal. Dead letters leave no trace in it. */
const OF_STATES = /^withdrawal\.(created|retrying|failed|completed|rejected)$/;

function facts({ id, status, retries, retryCycle }: Withdrawal): string[] {
  const failures = retryCycle - (status === 'FAILED' ? 0 : 1);
  return [
    `withdrawal.created:${id}`,
    ...Array.from({ length: retries }, (_, index) => `withdrawal.retrying:${id}.${index + 1}`),
    ...Array.from({ length: failures }, (_, index) => `withdrawal.failed:${id}.${index + 1}`),
    ...(status === 'COMPLETED' ? [`withdrawal.completed:${id}`] : []),
    ...(status === 'REJECTED' ? [`withdrawal.rejected:${id}`] : []),
  ];
}
