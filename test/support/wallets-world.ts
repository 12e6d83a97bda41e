import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { dynamoLimits } from '../../lib/access/dynamo-limits.ts';
import type { Config } from '../../lib/config.ts';
import { walletDeps } from '../../lib/dependencies/wallets.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { dayOf } from '../../lib/kernel/day.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { type Currency, type Money, sumByCurrency, type Unit } from '../../lib/kernel/money.ts';
import type { Principal } from '../../lib/kernel/principal.ts';
import type { Entry, UserId } from '../../lib/ledger/entry.ts';
import { PostingGroups } from '../../lib/ledger/index.ts';
import { lineOf, walletOf } from '../../lib/ledger/items.ts';
import type { Line, Wallet } from '../../lib/ledger/wallet.ts';
import { createProvider } from '../../lib/wallets/create-provider.ts';
import { deposit } from '../../lib/wallets/deposit.ts';
import type { ProviderId } from '../../lib/wallets/ids.ts';
import { paymentOf } from '../../lib/wallets/items.ts';
import { openWallet } from '../../lib/wallets/open-wallet.ts';
import { pay } from '../../lib/wallets/pay.ts';
import { type Payment, type PaymentRequest, refundedOf } from '../../lib/wallets/payment.ts';
import type { WalletDeps } from '../../lib/wallets/ports.ts';
import { sweepPayments } from '../../lib/wallets/sweep-payments.ts';
import { differencesInLimits, reservedBy } from '../../scripts/verify/limits-checks.ts';
import { seededRandom } from './clock.ts';
import { type Database, documentClient, itemsOf } from './database.ts';
import { eventsOf } from './outbox.ts';
import { type Moved, RailDouble } from './rail.ts';
import { recoverAll } from './recovery.ts';
import { numberedUuids, type Settings, SILENT, settings } from './settings.ts';

export const IDR = 'IDR' as Currency;
export const idr = (minor: number | bigint): Money => ({ minor: BigInt(minor), currency: IDR });
export const ANA = 'ana' as UserId;
export const PLN = 'pln' as ProviderId;

type Options = {
  readonly settings?: Settings;
  /** The key that makes the requests; by default none. */
  readonly principal?: (() => Principal) | undefined;
};

/** Wallets, their events and a payment gateway. Time passes when a use case sleeps, or when the test changes `now`. */
export class WalletsWorld {
  readonly settings: Config;
  readonly deps: WalletDeps;
  now = Date.UTC(2026, 0, 1);
  readonly #options: Options;
  readonly #client = documentClient();
  readonly #time = {
    now: () => this.now,
    sleep: async (ms: number) => {
      this.now += ms;
    },
    after: (_ms: number, run: () => Promise<unknown>) => void run(),
  };
  readonly #rail = new RailDouble(this.#time);
  /** The same in each run, since the gateway draws by them. */
  readonly #newId = numberedUuids();
  #keys = 0;

  private constructor(tables: Settings, options: Options) {
    this.#options = options;
    this.settings = settings({
      ...tables,
      GATEWAY_DEADLINE_MS: 100,
      GATEWAY_BUDGET_MS: 1_000,
      BANK_MAX_IN_FLIGHT: 50,
      ...options.settings,
    });
    this.deps = this.newDeps(this.#client);
  }

  static async open(database: Database, options: Options = {}): Promise<WalletsWorld> {
    const tables = [
      'WALLETS_TABLE',
      'EVENTS_TABLE',
      ...(options.principal ? (['ACCESS_TABLE'] as const) : []),
    ] as const;
    return new WalletsWorld(await database.newTables(...tables), options);
  }

  /** The deps of another container. */
  newDeps(dynamo: DynamoDBDocumentClient): WalletDeps {
    return {
      ...walletDeps(this.settings, {
        dynamo,
        gateway: this.#rail.rail('charges', this.settings.GATEWAY_DEADLINE_MS),
        groups: new PostingGroups(),
      }),
      now: this.#time.now,
      sleep: this.#time.sleep,
      random: seededRandom(1),
      newId: this.#newId,
      epoch: async () => undefined,
      requestId: () => 'req-1',
      principal: this.#options.principal ?? (() => undefined),
      log: SILENT,
    };
  }

  /** The deadline of a request that arrives now. */
  get deadline(): number {
    return this.now + 28_000;
  }

  /** Opens Ana's wallet with this much money, and creates a provider to pay. */
  async furnish(minor: number | bigint = 1_000, userId = ANA): Promise<void> {
    await createProvider(this.deps, { id: PLN, name: 'PLN' });
    await openWallet(this.deps, { userId, currency: IDR });
    if (BigInt(minor) > 0n) await this.deposit(minor, userId);
  }

  newKey(): IdempotencyKey {
    this.#keys += 1;
    return `key-${this.#keys}` as IdempotencyKey;
  }

  deposit(minor: number | bigint, userId = ANA, key = this.newKey()) {
    return deposit(this.deps, { userId, money: idr(minor) }, key);
  }

  pay(minor: number | bigint, key = this.newKey(), deps = this.deps) {
    return pay(deps, bill(minor), key, this.deadline);
  }

  /** Runs the sweep one minute later. */
  async sweep(deps = this.deps) {
    this.now += 60_000;
    return recoverAll(sweepPayments, deps);
  }

  behave(behaviour: object): Promise<void> {
    return this.#rail.behave(behaviour);
  }

  get charges(): readonly Moved[] {
    return this.#rail.instructions;
  }

  async books(): Promise<Books> {
    const items = await itemsOf(this.#client, this.settings.WALLETS_TABLE);
    const wallets = items.filter(({ sk }) => sk === 'WALLET').map(walletOf);
    const lines = new Map(wallets.map(({ userId }) => [userId, [] as Line[]]));
    for (const item of items.filter(({ pk, sk }) => `${pk}`.startsWith('WALLET#') && `${sk}`.startsWith('ENTRY#'))) {
      lines.get(`${item.pk}`.slice('WALLET#'.length) as UserId)?.push(lineOf(item));
    }
    const payments = items.filter(({ sk }) => sk === 'PAYMENT').map(paymentOf);
    return {
      wallets,
      lines,
      captures: payments.flatMap((payment) => (payment.status === 'APPROVED' && payment.capture) || []),
      payments,
      events: await eventsOf(this.#client, this.settings.EVENTS_TABLE),
      charges: this.charges,
    };
  }

  /** Reads everything and expects that it is sound. */
  async audit(): Promise<Books> {
    const books = await this.books();
    expectSound(books);
    if (this.#options.principal) {
      const access = await itemsOf(this.#client, this.settings.ACCESS_TABLE);
      expect(differencesInLimits(access, books.payments.flatMap(reservedBy))).toEqual([]);
    }
    return books;
  }

  /** What a key has used today. */
  async used({ keyId }: Principal): Promise<bigint> {
    const used = await dynamoLimits(this.#client, this.settings.ACCESS_TABLE).usedOn(keyId, dayOf(this.now));
    return used.get(IDR) ?? 0n;
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    this.#rail.close();
  }
}

export function bill(minor: number | bigint, userId = ANA): PaymentRequest {
  return { userId, providerId: PLN, externalReference: 'bill-1', money: idr(minor) };
}

export type Books = {
  readonly wallets: readonly Wallet[];
  readonly lines: ReadonlyMap<UserId, readonly Line[]>;
  readonly captures: readonly Entry[];
  readonly payments: readonly Payment[];
  readonly events: readonly DomainEvent[];
  readonly charges: readonly Moved[];
};

/** Expects that money is conserved, statements have no gaps, the gateway agrees, and events match the facts. */
export function expectSound({ wallets, lines, captures, payments, events, charges }: Books): void {
  for (const wallet of wallets) expectStatement(wallet, lines.get(wallet.userId) ?? []);
  const entries = [...[...lines.values()].flat().map(({ entry }) => entry), ...captures];
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  const sums = new Map<string, bigint>();
  for (const { postings } of entries) {
    expect([...sumByCurrency(postings.map(({ amount, currency }) => ({ minor: amount, currency }))).values()]).toEqual([
      0n,
    ]);
    for (const { account, amount } of postings) sums.set(account, (sums.get(account) ?? 0n) + amount);
  }
  const pending = payments.filter(({ status }) => status === 'PENDING');
  expect(sums.get('suspense') ?? 0n).toBe(pending.reduce((sum, { money }) => sum + money.minor, 0n));
  const moved = new Map(charges.map((charge) => [charge.instruction, charge]));
  for (const payment of payments) expectPayment(payment, entries, moved.get(payment.id)?.moves ?? 0);
  const known = new Set<string>(payments.map(({ id }) => id));
  expect(charges.filter(({ instruction, moves }) => moves > 0 && !known.has(instruction))).toEqual([]);
  const isOfSetup = ({ type }: DomainEvent) => type === 'wallet.opened' || type === 'provider.created';
  const found = events.filter((event) => !isOfSetup(event)).map(({ id }) => id);
  expect(found.sort()).toEqual(facts(payments, entries).sort());
  const opened = events.filter(({ type }) => type === 'wallet.opened').map(({ subject }) => subject);
  expect([...new Set(opened)].sort()).toEqual(wallets.map(({ userId }) => userId as string).sort());
}

function expectStatement({ userId, balances, seq }: Wallet, lines: readonly Line[]): void {
  const inOrder = [...lines].sort((a, b) => a.seq - b.seq);
  expect(inOrder.map((line) => line.seq)).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
  const rebuilt = new Map<Unit, bigint>([...balances.keys()].map((currency) => [currency, 0n]));
  for (const { entry, currency, amount, balanceAfter } of inOrder) {
    const posted = entry.postings.filter(({ account }) => account === `wallet:${userId}`);
    expect(posted).toEqual([{ account: `wallet:${userId}`, amount, currency }]);
    rebuilt.set(currency, (rebuilt.get(currency) ?? 0n) + amount);
    expect(rebuilt.get(currency)).toBe(balanceAfter);
    expect(balanceAfter).toBeGreaterThanOrEqual(0n);
  }
  expect(rebuilt).toEqual(balances);
}

function expectPayment(payment: Payment, entries: readonly Entry[], moves: number): void {
  const own = entries
    .filter(({ references }) => references.payment_id === payment.id)
    .map(({ id, type }) => `${type} ${id}`);
  const { id, status } = payment;
  const also = {
    PENDING: [],
    APPROVED: [`CAPTURE ${id}.capture`],
    DECLINED: [`REFUND ${id}.return`],
    FAILED: [`REFUND ${id}.return`],
  }[status];
  const refunds = payment.status === 'APPROVED' ? payment.refunds.map((refund) => `REFUND ${refund.id}`) : [];
  expect(own.sort()).toEqual([`PAYMENT ${id}`, ...also, ...refunds].sort());
  expect(refundedOf(payment)).toBeLessThanOrEqual(payment.money.minor);
  if (status === 'PENDING') expect(moves).toBeLessThanOrEqual(1);
  else expect({ id, status, moves }).toEqual({ id, status, moves: status === 'APPROVED' ? 1 : 0 });
}

/** The ids of the expected events. */
function facts(payments: readonly Payment[], entries: readonly Entry[]): string[] {
  const ended = { PENDING: [], APPROVED: ['completed'], DECLINED: ['failed'], FAILED: ['failed'] } as const;
  return [
    ...payments.map(({ id }) => `payment.created:${id}`),
    ...payments.flatMap(({ id, status }) => ended[status].map((how) => `payment.${how}:${id}`)),
    ...entries.filter(({ type }) => type === 'DEPOSIT').map(({ id }) => `deposit.created:${id}`),
    ...entries.filter(({ id }) => id.startsWith('rfd_')).map(({ id }) => `refund.created:${id}`),
  ];
}
