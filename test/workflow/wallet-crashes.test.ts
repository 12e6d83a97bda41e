import { expect } from 'vitest';
import { walletDeps } from '../../lib/dependencies/wallets.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { PostingGroups } from '../../lib/ledger/index.ts';
import { deposit } from '../../lib/wallets/deposit.ts';
import { pay } from '../../lib/wallets/pay.ts';
import type { WalletDeps } from '../../lib/wallets/ports.ts';
import { refundPayment } from '../../lib/wallets/refund-payment.ts';
import { sweepPayments } from '../../lib/wallets/sweep-payments.ts';
import { type CrashPlan, Process } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { mortalClient } from '../support/faults.ts';
import { aPrincipal } from '../support/http.ts';
import { railWith } from '../support/rail.ts';
import { recoverAll } from '../support/recovery.ts';
import { ANA, bill, IDR, idr, WalletsWorld } from '../support/wallets-world.ts';

const database = await givenADatabase();
const KEY = 'k' as IdempotencyKey;

type Scenario = {
  readonly name: string;
  /** How the gateway behaves until the crash. */
  readonly gateway?: object;
  readonly conflicts?: number;
  readonly given?: (world: WalletsWorld) => Promise<unknown>;
  readonly request: (world: WalletsWorld, deps: WalletDeps) => Promise<unknown>;
  /** The daily limit of the key, with no room for anything twice. */
  readonly limit?: number;
  /** Statuses of all payments and the balance at the end: one of these. */
  readonly ends: readonly string[];
};

const payment = (world: WalletsWorld, deps: WalletDeps) => pay(deps, bill(400), KEY, world.deadline);
const onlyPayment = async (world: WalletsWorld) => (await world.books()).payments[0]?.id ?? '';

/** Payments that the gateway did not answer, a minute before the scenario. */
const unanswered =
  (gateway: object, ...requests: readonly ((world: WalletsWorld) => Promise<unknown>)[]) =>
  async (world: WalletsWorld) => {
    await world.behave(gateway);
    for (const request of requests) await request(world).catch(() => {});
    await world.behave({ mode: 'happy', lookups: 'ok' });
    world.now += 60_000;
  };

const openPayments = async (world: WalletsWorld) =>
  (await world.books()).payments.filter(({ status }) => status === 'PENDING').length;

/** Calls wait until all of them have had their answers, so that they always share the same transactions. */
function together<Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>, many: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = many;
  return async (...given: Given): Promise<Answer> => {
    const answer = await call(...given);
    left -= 1;
    if (left === 0) resolve();
    await promise;
    return answer;
  };
}

/** Requests that begin payments, and have read what they need. */
const meeting = (deps: WalletDeps, many: number): WalletDeps => ({
  ...deps,
  payments: { ...deps.payments, prepare: together(deps.payments.prepare, many) },
});

/** Payments that are returned, and whose wallet was read. */
const meetingToReturn = (deps: WalletDeps, many: number): WalletDeps => ({
  ...deps,
  ledger: { ...deps.ledger, read: together(deps.ledger.read, many) },
});

/** Up to `most` payments, each approved or failed. */
function endsOf(most: number, minor: number): string[] {
  const statuses = ['APPROVED', 'FAILED'];
  let all: string[][] = [[]];
  const ends: string[] = [];
  for (let many = 1; many <= most; many += 1) {
    all = all.flatMap((one) => statuses.map((status) => [...one, status]));
    ends.push(
      ...all.map((one) => [...one, 1_000 - minor * one.filter((each) => each === 'APPROVED').length].join(' ')),
    );
  }
  return ends;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'a payment', request: payment, ends: ['APPROVED 600', 'FAILED 1000'] },
  { name: 'a payment that meets two conflicts', conflicts: 2, request: payment, ends: ['APPROVED 600', 'FAILED 1000'] },
  {
    name: 'a payment that is declined',
    gateway: { mode: 'declined' },
    request: payment,
    ends: ['DECLINED 1000', 'FAILED 1000', 'APPROVED 600'], // the gateway pays again when the client tries again
  },
  {
    name: 'a payment that the gateway answers with 500',
    gateway: { mode: '500' },
    request: payment,
    ends: ['APPROVED 600', 'FAILED 1000'],
  },
  {
    name: 'a payment without an answer',
    gateway: { mode: 'timeout-after-effect' },
    request: payment,
    ends: ['APPROVED 600', 'FAILED 1000'],
  },
  {
    name: 'a payment that never arrives',
    gateway: { mode: 'timeout' },
    request: payment,
    ends: ['APPROVED 600', 'FAILED 1000'],
  },
  {
    name: 'a sweep that finds a late success',
    given: unanswered({ mode: 'timeout-after-effect', lookups: 'down' }, (world) => payment(world, world.deps)),
    request: (_world, deps) => recoverAll(sweepPayments, deps),
    ends: ['APPROVED 600'],
  },
  {
    name: 'a sweep that finds a payment that never arrived',
    given: unanswered({ mode: 'timeout' }, (world) => payment(world, world.deps)),
    request: (_world, deps) => recoverAll(sweepPayments, deps),
    ends: ['FAILED 1000'],
  },
  {
    name: 'a refund of a part',
    given: (world) => payment(world, world.deps),
    request: async (world, deps) => refundPayment(deps, await onlyPayment(world), 150n, KEY),
    ends: ['APPROVED 750'],
  },
  {
    name: 'a refund of all that meets two conflicts',
    conflicts: 2,
    given: (world) => payment(world, world.deps),
    request: async (world, deps) => refundPayment(deps, await onlyPayment(world), undefined, KEY),
    ends: ['APPROVED 1000'],
  },
  {
    name: 'three payments that meet at one wallet',
    request: async (world, deps) => {
      const meet = meeting(deps, 3);
      const all = ['a', 'b', 'c'].map((key) => pay(meet, bill(100), key as IdempotencyKey, world.deadline));
      const failed = (await Promise.allSettled(all)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
    ends: endsOf(3, 100),
  },
  {
    name: 'a sweep that returns two payments to one wallet',
    given: unanswered(
      { mode: 'timeout' },
      (world) => world.pay(100, 'a' as IdempotencyKey),
      (world) => world.pay(100, 'b' as IdempotencyKey),
    ),
    request: async (world, deps) => recoverAll(sweepPayments, meetingToReturn(deps, await openPayments(world))),
    ends: ['FAILED FAILED 1000'],
  },
  { name: 'a payment within a daily limit', limit: 400, request: payment, ends: ['APPROVED 600', 'FAILED 1000'] },
  {
    name: 'a payment within a daily limit that is declined',
    limit: 400,
    gateway: { mode: 'declined' },
    request: payment,
    ends: ['DECLINED 1000', 'FAILED 1000', 'APPROVED 600'],
  },
  {
    name: 'a sweep that gives a payment that never arrived back to a daily limit',
    limit: 400,
    given: unanswered({ mode: 'timeout' }, (world) => payment(world, world.deps)),
    request: (_world, deps) => recoverAll(sweepPayments, deps),
    ends: ['FAILED 1000'],
  },
  {
    name: 'a refund within a daily limit',
    limit: 550,
    given: (world) => payment(world, world.deps),
    request: async (world, deps) => refundPayment(deps, await onlyPayment(world), 150n, KEY),
    ends: ['APPROVED 750'],
  },
  {
    name: 'a deposit',
    request: (_world, deps) => deposit(deps, { userId: ANA, money: idr(50) }, KEY),
    ends: ['1050'],
  },
];

/** Makes each request to the database or the gateway, and each pause, an await of the crash matrix. */
function container(world: WalletsWorld, plan: CrashPlan, conflicts = 0): Process<WalletDeps> {
  const special = (deps: WalletDeps, process: Process<WalletDeps>): Partial<WalletDeps> => {
    const client = mortalClient(documentClient(), process, conflicts);
    const { ledger, wallets, payments, providers, groups } = walletDeps(world.settings, {
      dynamo: client,
      groups: new PostingGroups(),
      gateway: deps.gateway,
    });
    return {
      ...{ ledger, wallets, payments, providers, groups, log: deps.log },
      gateway: railWith(deps.gateway, {
        lookUp: (reference) => process.await('ask', () => deps.gateway.lookUp(reference)),
        send: (instruction, may) => process.await('send', () => deps.gateway.send(instruction, may)),
      }),
    };
  };
  return new Process(world.deps, 'container', [plan], { special });
}

/**
 * The process of a request crashes as planned. The client retries or does not. In both cases sweeps run, two at a time.
 * @returns the statuses of all payments and the balance
 */
async function play(scenario: Scenario, plan: CrashPlan, triesAgain: boolean): Promise<string> {
  const { limit } = scenario;
  const limited = limit === undefined ? undefined : aPrincipal({ limits: { maxPerDay: { IDR: `${limit}` } } });
  const world = await WalletsWorld.open(database, { principal: limited && (() => limited) });
  try {
    await world.furnish(1_000);
    await scenario.given?.(world);
    await world.behave(scenario.gateway ?? {});
    plan.arm();
    await container(world, plan, scenario.conflicts).run((deps) => scenario.request(world, deps));
    await world.behave({ mode: 'happy' });
    if (triesAgain) await again(world, scenario);
    await Promise.all([world.sweep(), world.sweep()]);
    if (triesAgain) await again(world, scenario);
    const { payments, wallets } = await world.audit();
    return [...payments.map(({ status }) => status), `${wallets[0]?.balances.get(IDR)}`].join(' ');
  } finally {
    await world.stop();
  }
}

async function again(world: WalletsWorld, scenario: Scenario): Promise<void> {
  await scenario.request(world, world.deps).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code === 'INTERNAL') throw error;
  });
}

for (const scenario of SCENARIOS) {
  // A process that crashes before it stores anything has no effect, unless the client retries.
  const nothing = scenario.given === undefined ? '1000' : 'APPROVED 600';
  await crashMatrix(`${scenario.name}; the client retries`, {
    play: (plan) => play(scenario, plan, true),
    judge: (ended) => expect(scenario.ends).toContain(ended),
  });
  await crashMatrix(`${scenario.name}; the client does not retry`, {
    play: (plan) => play(scenario, plan, false),
    judge: (ended, _undisturbed, crash) => expect(crash ? [...scenario.ends, nothing] : scenario.ends).toContain(ended),
  });
}
