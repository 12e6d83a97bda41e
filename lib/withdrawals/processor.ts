import { uniqBy } from 'es-toolkit';
import { runRecovery } from '../recovery/index.ts';
import type { Open, Outcomes, QueueDepth, WithdrawalDeps } from './ports.ts';
import { recoverWithdrawals } from './recover-withdrawals.ts';
import { WITHDRAWAL_STATUSES, type WithdrawalStatus } from './withdrawal.ts';

export type ProcessorStatus = 'RUNNING' | 'STOPPING' | 'STOPPED';
/** `inFlight`: withdrawals that a worker has leased, or whose call may still reach the chain. STOPPING until there are none. */
export type ProcessorState = { readonly status: ProcessorStatus; readonly inFlight: number };

/** Lets workers take withdrawals again and sends them all that wait. Changes nothing if the processor runs already. */
export async function startProcessor(deps: WithdrawalDeps, deadline: number): Promise<ProcessorState> {
  if (await deps.processor.setStopped(false))
    await runRecovery(deps, recoverWithdrawals(deps, { all: true }), deadline);
  return readProcessor(deps);
}

/**
 * From now on no worker sends anything: each checks before it takes a withdrawal, and again right before it sends one.
 * Outcomes of calls already sent are stored. Changes nothing if the processor is stopped.
 */
export async function stopProcessor(deps: WithdrawalDeps): Promise<ProcessorState> {
  await deps.processor.setStopped(true);
  return readProcessor(deps);
}

async function readProcessor(deps: WithdrawalDeps): Promise<ProcessorState> {
  const [{ isStopped }, open] = await Promise.all([deps.processor.readState(), deps.withdrawals.listOpen()]);
  return stateOf(isStopped, open, deps.now());
}

function stateOf(isStopped: boolean, open: readonly Open[], now: number): ProcessorState {
  const inFlight = open.filter((one) => isInFlight(one, now)).length;
  if (!isStopped) return { status: 'RUNNING', inFlight };
  return { status: inFlight > 0 ? 'STOPPING' : 'STOPPED', inFlight };
}

/** Leased, or its call timed out and may still arrive: an UNKNOWN withdrawal is not due before that. */
function isInFlight({ status, dueAt, leasedUntil = 0 }: Open, now: number): boolean {
  return leasedUntil > now || (status === 'UNKNOWN' && dueAt > now);
}

export type ProcessorStats = ProcessorState & {
  readonly queue: QueueDepth;
  /** Withdrawals by status. Open ones are counted in the store, the others from events. */
  readonly byStatus: Readonly<Record<WithdrawalStatus, bigint>>;
  readonly outcomes: Outcomes;
  readonly deadLettered: number;
  /** The age of the oldest open withdrawal. */
  readonly oldestAgeMs?: number;
};

export async function readStats(deps: WithdrawalDeps): Promise<ProcessorStats> {
  const [{ isStopped }, listed, outcomes, queue] = await Promise.all([
    deps.processor.readState(),
    deps.withdrawals.listOpen(),
    deps.outcomes(),
    deps.queue.depth(),
  ]);
  const open = uniqBy(listed, ({ id }) => id);
  const byStatus = Object.fromEntries(
    WITHDRAWAL_STATUSES.map((status) => [status, BigInt(open.filter((each) => each.status === status).length)]),
  ) as Record<WithdrawalStatus, bigint>;
  const oldest = open.map(({ createdAt }) => createdAt).sort()[0];
  const now = deps.now();
  return {
    ...stateOf(isStopped, open, now),
    queue,
    outcomes,
    byStatus: { ...byStatus, COMPLETED: outcomes.completed, FAILED: outcomes.failed - outcomes.reopened },
    deadLettered: open.filter(({ isDead }) => isDead).length,
    ...(oldest === undefined ? {} : { oldestAgeMs: Math.max(0, now - Date.parse(oldest)) }),
  };
}
