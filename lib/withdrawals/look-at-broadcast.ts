import { pauseBefore } from '../rail/index.ts';
import { blockTimeMs } from './networks.ts';
import type { WithdrawalDeps } from './ports.ts';
import { applyLook, type Broadcast, givenBack, isBroadcast, isTerminal, type Withdrawal } from './withdrawal.ts';

/** SQS delays by whole seconds. */
const LEAST_WAIT_MS = 1_000;

/**
 * Asks the chain how deep a transaction is, which takes no lease: asking has no effect, and what was learned is written
 * once. A transaction that the chain has dropped, after a reorganisation, is known to have moved nothing, so it is sent
 * again under a new reference.
 */
export async function lookAtBroadcast(deps: WithdrawalDeps, withdrawal: Broadcast): Promise<Withdrawal> {
  const answer = await deps.chain.lookUp(withdrawal.reference);
  if (answer.kind !== 'paid' && answer.kind !== 'refused') {
    const what = { withdrawal_id: withdrawal.id, answer: answer.kind };
    if (answer.kind === 'not_found') deps.log.error('the chain denies a transaction that it has answered for', what);
    return givenBack(withdrawal, nextLookAt(deps, withdrawal));
  }
  const after = applyLook(withdrawal, answer);
  if (isTerminal(after)) return after;
  if (isBroadcast(after)) return givenBack(after, nextLookAt(deps, after));
  const { delayMs } = pauseBefore(deps, after.rounds + 1, { isUnknown: false, isDueAgain: true });
  return givenBack(after, deps.now() + delayMs);
}

/** When it can be deep enough, or sooner, so that whoever asks sees it getting deeper. Epoch milliseconds. */
export function nextLookAt({ now, policy }: WithdrawalDeps, { network, ...rest }: Broadcast): number {
  const missing = rest.requiredConfirmations - rest.transaction.confirmations;
  const expected = missing * blockTimeMs(network);
  return now() + Math.max(LEAST_WAIT_MS, Math.min(expected, policy.lookEveryMs));
}
