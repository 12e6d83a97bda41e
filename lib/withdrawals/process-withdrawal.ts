import { rememberPaid } from '../access/index.ts';
import { executeAttempt, isCircuitOpen, type Lease, listingCalls, pauseBefore } from '../rail/index.ts';
import { canonicalAddress } from './addresses.ts';
import { askedPayment } from './approve-withdrawal.ts';
import { blockTimeMs } from './assets.ts';
import { dispatch } from './dispatch.ts';
import type { WithdrawalDeps, WithdrawalMessage } from './ports.ts';
import {
  applyLookUp,
  applyOutcome,
  type Broadcast,
  denied,
  isBroadcast,
  isTerminal,
  leased,
  released,
  type Withdrawal,
  type WithdrawalStatus,
  withCalls,
} from './withdrawal.ts';
import { writeChange } from './write-change.ts';

/** SQS delays by whole seconds. */
const MIN_WAIT_MS = 1_000;

/** The result of a message, for the log. `superseded`: the withdrawal has a later version, with a message of its own. */
export type Processed =
  | { readonly result: 'dropped'; readonly why: 'stopped' | 'missing' | 'superseded' | 'not_approved' }
  | { readonly result: 'requeued'; readonly why: 'held' | 'not_due' }
  | { readonly result: 'lost' }
  | { readonly result: 'worked'; readonly status: WithdrawalStatus };

/**
 * Brings one withdrawal a step further: takes its lease and sends it, or looks up its transaction. It may die at any point:
 * before the lease the message is delivered again; under the lease the next worker looks up what was sent; after that
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
  if (withdrawal.status === 'AWAITING_APPROVAL') return { result: 'dropped', why: 'not_approved' };
  const heldUntil = withdrawal.lease?.until ?? 0;
  const workableAt = Math.max(heldUntil, withdrawal.dueAt);
  if (deps.now() < workableAt) {
    await deps.queue.send([message], workableAt - deps.now());
    return { result: 'requeued', why: deps.now() < heldUntil ? 'held' : 'not_due' };
  }
  if (!isBroadcast(withdrawal)) return send(deps, withdrawal);
  return conclude(deps, withdrawal, await lookUpBroadcast(deps, withdrawal));
}

async function send(deps: WithdrawalDeps, withdrawal: Withdrawal): Promise<Processed> {
  const { network, address } = withdrawal;
  const lease: Lease = { owner: deps.newId(), until: deps.now() + deps.policy.leaseMs };
  const [written, isDenied] = await Promise.all([
    writeChange(deps, withdrawal, leased(withdrawal, lease)),
    deps.denyList.has(network, canonicalAddress(network, address)),
  ]);
  if (written?.kind !== 'done') return { result: 'lost' };
  const before = written.withdrawal;
  const outcome = await executeAttempt(
    { ...deps, rail: deps.chain },
    {
      attempt: before,
      instruction: instructionOf(before),
      createdAt: before.createdAt,
      lease,
      isUnknown: before.status === 'UNKNOWN',
      previousLeaseAbandoned: withdrawal.lease !== undefined,
      maxAttempts: 1 + before.maxRetries,
      mayStillSend: async () => !isDenied && !(await deps.processor.readState()).isStopped,
    },
  );
  const applied = withCalls(applyOutcome(before, outcome), before.reference, outcome.calls ?? [], deps.now());
  const after = isDenied && outcome.sent?.kind === 'unsent' ? denied(applied) : applied;
  return conclude(deps, before, released(after, dueAgainAt(deps, after, isCircuitOpen(outcome))));
}

/** Backs off after a refusal, and while the chain does not answer. */
function dueAgainAt(deps: WithdrawalDeps, after: Withdrawal, circuitOpen: boolean): number {
  if (isBroadcast(after)) return nextLookUpAt(deps, after);
  const isUnknown = after.status === 'UNKNOWN';
  const isDueAgain = isUnknown || circuitOpen || after.status === 'RETRYING';
  return deps.now() + pauseBefore(deps, after.rounds + 1, { isUnknown, isDueAgain }).delayMs;
}

/**
 * Looks up how deep a transaction is. This takes no lease: a look-up has no effect, and its result is written once. A
 * transaction that the chain dropped in a reorganisation moved nothing, so it is sent again under a new reference.
 */
async function lookUpBroadcast(deps: WithdrawalDeps, withdrawal: Broadcast): Promise<Withdrawal> {
  const { rail, calls } = listingCalls(deps.chain);
  const answer = await rail.lookUp(withdrawal.reference);
  if (answer.kind !== 'paid' && answer.kind !== 'refused') {
    const what = { withdrawal_id: withdrawal.id, answer: answer.kind };
    if (answer.kind === 'not_found')
      deps.log.error('the chain has no record of a transaction that it had accepted', what);
    return released(withdrawal, nextLookUpAt(deps, withdrawal));
  }
  const found = applyLookUp(withdrawal, answer);
  const after = answer.kind === 'refused' ? withCalls(found, withdrawal.reference, calls, deps.now()) : found;
  if (isTerminal(after)) return after;
  return released(after, dueAgainAt(deps, after, false));
}

/** When the transaction can be deep enough, or sooner, so that a reader sees its progress. Epoch milliseconds. */
function nextLookUpAt({ now, policy }: WithdrawalDeps, { network, ...rest }: Broadcast): number {
  const missing = rest.requiredConfirmations - rest.transaction.confirmations;
  const expected = missing * blockTimeMs(network);
  return now() + Math.max(MIN_WAIT_MS, Math.min(expected, policy.maxLookUpIntervalMs));
}

async function conclude(deps: WithdrawalDeps, before: Withdrawal, after: Withdrawal): Promise<Processed> {
  const written = await writeChange(deps, before, after);
  if (written?.kind !== 'done') return { result: 'lost' };
  if (!isTerminal(written.withdrawal)) await dispatch(deps, written.withdrawal);
  else if (written.withdrawal.status === 'COMPLETED')
    await rememberPaid(deps, () => [askedPayment(written.withdrawal)]);
  return { result: 'worked', status: written.withdrawal.status };
}

function instructionOf({ id, money, address, network }: Withdrawal) {
  return { instruction: id, money, destination: { address, network } };
}
