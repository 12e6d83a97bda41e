import { partition, uniqBy } from 'es-toolkit';
import { runRecovery } from '../recovery/index.ts';
import { processorChanged } from './action-events.ts';
import { OPEN_PARTS, type Open, type OpenPart, placeOf, placesUntil } from './open.ts';
import type { Outcomes, Processor, QueueDepth, WithdrawalDeps } from './ports.ts';
import { recoverWithdrawals } from './recover-withdrawals.ts';
import { WITHDRAWAL_STATUSES, type WithdrawalStatus } from './withdrawal.ts';

export const PROCESSOR_STATUSES = ['RUNNING', 'STOPPING', 'STOPPED'] as const;
export type ProcessorStatus = (typeof PROCESSOR_STATUSES)[number];
/**
 * `inFlight`: withdrawals that a worker has leased, or whose call may still reach the chain, as the index lists them. STOPPING: a
 * call may still reach the chain; the index may lag, and not list it.
 */
export type ProcessorState = { readonly status: ProcessorStatus; readonly inFlight: number };

/** The most open withdrawals that the stats count, for each part of their index. */
const MOST_COUNTED = 10_000;

/**
 * Lets workers take withdrawals again and sends them what waits: the first part at once, the rest from run to run of the
 * recovery. Changes nothing if the processor runs already.
 */
export async function startProcessor(deps: WithdrawalDeps, deadline: number): Promise<ProcessorState> {
  if (await setStopped(deps, false)) await runRecovery(deps, recoverWithdrawals(deps, { all: true }), deadline);
  return readProcessor(deps);
}

/**
 * From now on no worker sends anything: each checks before it takes a withdrawal, and again right before it sends one. Those
 * that have checked already send under a lease, so it is STOPPED when the longest lease of now has ended. Outcomes of calls
 * already sent are stored. Changes nothing if the processor is stopped.
 */
export async function stopProcessor(deps: WithdrawalDeps): Promise<ProcessorState> {
  await setStopped(deps, true);
  const stopped = await deps.processor.readState();
  await deps.processor.recordStopped(stopped, deps.now());
  return readProcessor(deps);
}

/** @returns false if nothing changed */
async function setStopped(deps: WithdrawalDeps, isStopped: boolean): Promise<boolean> {
  for (;;) {
    const before = await deps.processor.readState();
    if (before.isStopped === isStopped) return false;
    if (await deps.processor.setStopped(before, isStopped, processorChanged(deps, before, isStopped))) return true;
  }
}

async function readProcessor(deps: WithdrawalDeps): Promise<ProcessorState> {
  const [processor, { open }] = await Promise.all([
    deps.processor.readState(),
    deps.withdrawals.listOpen(IN_FLIGHT, MOST_COUNTED, inFlightAt(deps.now())),
  ]);
  return stateOf(deps, processor, open.length);
}

const IN_FLIGHT: OpenPart = 'in_flight';
/** Under a lease that has not lapsed, or unknown before the time when the call can no longer arrive. */
const inFlightAt = (now: number) => ({ after: placesUntil(now) });

/** A call reaches the chain before its lease ends, or not at all, by any process's clock. */
function stateOf({ now, policy }: WithdrawalDeps, processor: Processor, inFlight: number): ProcessorState {
  const { isStopped, stoppedAt = Number.POSITIVE_INFINITY } = processor;
  if (!isStopped) return { status: 'RUNNING', inFlight };
  return now() < stoppedAt + policy.leaseMs ? { status: 'STOPPING', inFlight } : { status: 'STOPPED', inFlight: 0 };
}

export type ProcessorStats = ProcessorState & {
  readonly queue: QueueDepth;
  /** Withdrawals by status. Open ones are counted in the store, the others from events. */
  readonly byStatus: Readonly<Record<WithdrawalStatus, bigint>>;
  /** More are open than were counted: the open ones of `byStatus` are estimates, and the next two are of those counted. */
  readonly isEstimate: boolean;
  readonly outcomes: Outcomes;
  readonly deadLettered: number;
  /** The age of the oldest open withdrawal that does not wait for its approval. */
  readonly oldestAgeMs?: number;
};

export async function readStats(deps: WithdrawalDeps): Promise<ProcessorStats> {
  const [processor, lists, outcomes, queue] = await Promise.all([
    deps.processor.readState(),
    Promise.all(OPEN_PARTS.map((part) => deps.withdrawals.listOpen(part, MOST_COUNTED))),
    deps.outcomes(),
    deps.queue.depth(),
  ]);
  const now = deps.now();
  const open = uniqBy(
    lists.flatMap((list) => list.open),
    ({ id }) => id,
  );
  const isEstimate = lists.some(({ isComplete }) => !isComplete);
  const failed = outcomes.failed - outcomes.reopened;
  const ended = outcomes.completed + failed + outcomes.rejected;
  const total = isEstimate ? outcomes.created - ended : BigInt(open.length);
  const working = open.filter(({ status }) => status !== 'AWAITING_APPROVAL');
  const oldest = working.map(({ createdAt }) => createdAt).sort()[0];
  return {
    ...stateOf(deps, processor, open.filter((one) => isInFlight(one, now)).length),
    queue,
    outcomes,
    isEstimate,
    byStatus: { ...countsOf(open, total), COMPLETED: outcomes.completed, FAILED: failed, REJECTED: outcomes.rejected },
    deadLettered: open.filter(({ deadLetter }) => deadLetter).length,
    ...(oldest === undefined ? {} : { oldestAgeMs: Math.max(0, now - Date.parse(oldest)) }),
  };
}

function isInFlight(one: Open, now: number): boolean {
  const { part, at } = placeOf(one);
  return part === IN_FLIGHT && at > inFlightAt(now).after;
}

/**
 * How many are in each status. Of the part that is due, perhaps not all were counted: the rest of `total` is divided as
 * those that were.
 */
function countsOf(open: readonly Open[], total: bigint): Record<WithdrawalStatus, bigint> {
  const isDue = (one: Open) => placeOf(one).part === 'due';
  const due = BigInt(open.filter(isDue).length);
  const others = BigInt(open.length) - due;
  const allDue = total - others > due ? total - others : due;
  const countOf = (status: WithdrawalStatus) => {
    const [counted, rest] = partition(
      open.filter((each) => each.status === status),
      isDue,
    );
    return BigInt(rest.length) + (due === 0n ? 0n : (BigInt(counted.length) * allDue) / due);
  };
  return Object.fromEntries(WITHDRAWAL_STATUSES.map((status) => [status, countOf(status)])) as Record<
    WithdrawalStatus,
    bigint
  >;
}
