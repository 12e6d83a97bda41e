import { expect } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import type { WithdrawalDeps } from '../../lib/withdrawals/ports.ts';
import { startProcessor, stopProcessor } from '../../lib/withdrawals/processor.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { CrashPlan } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import { ethRequest, WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const KEY = 'k' as IdempotencyKey;

type Scenario = {
  readonly name: string;
  /** How the chain behaves until the crash, or for two minutes. */
  readonly chain?: object;
  readonly settings?: object;
  /** The daily limit of the key, with no room for the withdrawal twice. */
  readonly limit?: number;
  /** Runs before the scenario. */
  readonly given?: (world: WithdrawalsWorld) => Promise<unknown>;
  /** The request of the client, repeated until it is answered. */
  readonly request?: (deps: WithdrawalDeps, before: readonly Withdrawal[]) => Promise<unknown>;
  /** Statuses of all withdrawals at the end: one of these. */
  readonly ends: readonly string[];
};

const create = (deps: WithdrawalDeps) => createWithdrawal(deps, ethRequest(400), KEY);
const impatient = { CHAIN_DEADLINE_MS: 100 };

/** The withdrawal failed, and the client retries it. */
const RETRY: Omit<Scenario, 'name'> = {
  given: async (world) => {
    await world.behave({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
    await create(world.deps);
    await world.settled();
    await world.behave({ mode: 'happy' });
  },
  request: (deps, [withdrawal]) => retryWithdrawal(deps, withdrawal?.id ?? ''),
  ends: ['COMPLETED'],
};

const SCENARIOS: readonly Scenario[] = [
  { name: 'a withdrawal out of a wallet', chain: { block_ms: 2_000 }, request: create, ends: ['COMPLETED'] },
  {
    name: 'a withdrawal with an external source',
    request: (deps) => createWithdrawal(deps, ethRequest(400, { source: 'external' }), KEY),
    ends: ['COMPLETED'],
  },
  {
    name: 'a withdrawal with a permanent refusal',
    chain: { mode: 'declined', code: 'ACCOUNT_BLOCKED' },
    request: create,
    ends: ['FAILED', 'COMPLETED'],
  },
  {
    name: 'a withdrawal that is refused on both of its attempts',
    chain: { mode: 'declined', code: 'RATE_LIMITED' },
    request: (deps) => createWithdrawal(deps, ethRequest(400, { maxRetries: 1 }), KEY),
    ends: ['FAILED', 'COMPLETED'],
  },
  {
    name: 'a withdrawal without an answer',
    chain: { mode: 'timeout-after-effect' },
    settings: impatient,
    request: create,
    ends: ['COMPLETED'],
  },
  {
    name: 'a withdrawal whose only attempt never arrives',
    chain: { mode: 'timeout' },
    settings: impatient,
    request: (deps) => createWithdrawal(deps, ethRequest(400, { maxRetries: 0 }), KEY),
    ends: ['FAILED', 'COMPLETED'],
  },
  {
    name: 'a withdrawal whose transaction is dropped',
    chain: { mode: 'reorg', block_ms: 2_000, seed: 2 },
    request: create,
    ends: ['COMPLETED'],
  },
  { name: 'a retry by the client', ...RETRY },
  { name: 'a withdrawal within a daily limit', limit: 400, request: create, ends: ['COMPLETED'] },
  {
    name: 'a withdrawal within a daily limit with a permanent refusal',
    limit: 400,
    chain: { mode: 'declined', code: 'ACCOUNT_BLOCKED' },
    request: create,
    ends: ['FAILED', 'COMPLETED'],
  },
  {
    name: 'a withdrawal with an external source within a daily limit, with a permanent refusal',
    limit: 400,
    chain: { mode: 'declined', code: 'ACCOUNT_BLOCKED' },
    request: (deps) => createWithdrawal(deps, ethRequest(400, { source: 'external' }), KEY),
    ends: ['FAILED', 'COMPLETED'],
  },
  { name: 'a retry by the client within a daily limit', limit: 400, ...RETRY },
  {
    name: 'a start after a stop',
    given: async (world) => {
      await stopProcessor(world.deps);
      await create(world.deps);
      await world.clock.sleep(5_000);
    },
    request: (deps) => startProcessor(deps, deps.now() + 28_000),
    ends: ['COMPLETED'],
  },
];

/** Plays the scenario. One process crashes as planned; the client repeats its request until it has an answer. */
async function play(scenario: Scenario, plan: CrashPlan): Promise<string> {
  const { limit } = scenario;
  const limited = limit === undefined ? undefined : aPrincipal({ limits: { maxPerDay: { ETH: `${limit}` } } });
  const principal = limited && (() => limited);
  const options = { plans: [plan], workers: 2, settings: scenario.settings ?? {}, principal };
  return WithdrawalsWorld.playing(database, options, async (world) => {
    await world.furnish(1_000);
    await scenario.given?.(world);
    await world.behave(scenario.chain ?? {});
    const before = await world.withdrawals();
    plan.arm();
    const ask = (deps: WithdrawalDeps) => scenario.request?.(deps, before) ?? Promise.resolve();
    let run = await world.process('client').run(ask);
    if (run.kind === 'died') run = await world.process('client').run(ask);
    // A retry whose process crashed after its effect is refused when it is repeated.
    if (run.kind === 'threw' && !(run.error instanceof AppError && run.error.code === 'INVALID_STATE')) throw run.error;
    for (let second = 0; second < 120 && !plan.hasStruck; second += 1) await world.clock.sleep(1_000);
    await world.behave({ mode: 'happy' });
    const { withdrawals } = await world.settled();
    return withdrawals.map(({ status }) => status).join(' ');
  });
}

for (const scenario of SCENARIOS) {
  await crashMatrix(scenario.name, {
    play: (plan) => play(scenario, plan),
    judge: (statuses) => expect(scenario.ends).toContain(statuses),
  });
}
