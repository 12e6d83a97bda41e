import { executeAttempt, type Lease, pauseBefore } from '../rail/index.ts';
import { canonicalAddress } from './addresses.ts';
import { dispatch } from './dispatch.ts';
import { lookAtBroadcast, nextLookAt } from './look-at-broadcast.ts';
import type { WithdrawalDeps, WithdrawalMessage } from './ports.ts';
import {
  applyOutcome,
  denied,
  givenBack,
  isBroadcast,
  isTerminal,
  taken,
  type Withdrawal,
  type WithdrawalStatus,
} from './withdrawal.ts';
import { writeChange } from './write-change.ts';

/** What became of a message; for the log. `superseded`: the withdrawal has got further, and whoever did that told of it. */
export type Processed =
  | { readonly result: 'dropped'; readonly why: 'stopped' | 'missing' | 'superseded' }
  | { readonly result: 'requeued'; readonly why: 'held' | 'not_due' }
  | { readonly result: 'lost' }
  | { readonly result: 'worked'; readonly status: WithdrawalStatus };

/**
 * Brings one withdrawal a step further: takes its lease and sends it, or looks at the transaction that it has become. It
 * may die anywhere: before the lease the message comes back; under the lease the next worker asks the chain; after that
 * recovery finds what is due and untouched.
 */
export async function processWithdrawal(deps: WithdrawalDeps, message: WithdrawalMessage): Promise<Processed> {
  const [{ isStopped }, withdrawal] = await Promise.all([
    deps.processor.readState(),
    deps.withdrawals.read(message.withdrawalId),
  ]);
  if (isStopped) return { result: 'dropped', why: 'stopped' };
  if (!withdrawal) return { result: 'dropped', why: 'missing' };
  if (withdrawal.version !== message.version || isTerminal(withdrawal)) {
    return { result: 'dropped', why: 'superseded' };
  }
  const heldUntil = withdrawal.lease?.until ?? 0;
  const workableAt = Math.max(heldUntil, withdrawal.dueAt);
  if (deps.now() < workableAt) {
    await deps.queue.send([message], workableAt - deps.now());
    return { result: 'requeued', why: deps.now() < heldUntil ? 'held' : 'not_due' };
  }
  if (!isBroadcast(withdrawal)) return send(deps, withdrawal);
  return conclude(deps, withdrawal, await lookAtBroadcast(deps, withdrawal));
}

async function send(deps: WithdrawalDeps, withdrawal: Withdrawal): Promise<Processed> {
  const { network, address } = withdrawal;
  const lease: Lease = { owner: deps.newId(), until: deps.now() + deps.policy.leaseMs };
  const [leased, isDenied] = await Promise.all([
    writeChange(deps, withdrawal, taken(withdrawal, lease)),
    deps.denyList.has(network, canonicalAddress(network, address)),
  ]);
  if (leased?.kind !== 'done') return { result: 'lost' };
  const before = leased.withdrawal;
  const { findings, circuitOpen } = await executeAttempt(
    { ...deps, bank: deps.chain },
    {
      attempt: before,
      instruction: instructionOf(before),
      lease,
      isUnknown: before.status === 'UNKNOWN',
      previousLeaseAbandoned: withdrawal.lease !== undefined,
      maxAttempts: 1 + before.maxRetries,
      mayStillSend: async () => !isDenied && !(await deps.processor.readState()).isStopped,
    },
  );
  const found = findings.reduce(applyOutcome, before);
  const after = isDenied && findings.at(-1)?.kind === 'unsent' ? denied(found) : found;
  return conclude(deps, before, givenBack(after, dueAgainAt(deps, after, circuitOpen)));
}

/** Backing off from what was refused, and from a chain that does not answer. */
function dueAgainAt(deps: WithdrawalDeps, after: Withdrawal, circuitOpen: boolean): number {
  if (isBroadcast(after)) return nextLookAt(deps, after);
  const isUnknown = after.status === 'UNKNOWN';
  const isDueAgain = isUnknown || circuitOpen || after.status === 'RETRYING';
  return deps.now() + pauseBefore(deps, after.rounds + 1, { isUnknown, isDueAgain }).delayMs;
}

async function conclude(deps: WithdrawalDeps, before: Withdrawal, after: Withdrawal): Promise<Processed> {
  const written = await writeChange(deps, before, after);
  if (written?.kind !== 'done') return { result: 'lost' };
  if (!isTerminal(written.withdrawal)) await dispatch(deps, written.withdrawal);
  return { result: 'worked', status: written.withdrawal.status };
}

function instructionOf({ id, money, address, network }: Withdrawal) {
  return { instruction: id, money, destination: { address, network } };
}
