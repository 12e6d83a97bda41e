import type { Explanation } from '../kernel/explanation.ts';
import type { Timeline } from '../kernel/timeline.ts';
import { type PastDeps, readPast } from '../webhooks/index.ts';
import { canonicalAddress } from './addresses.ts';
import { explainWithdrawal } from './explain-withdrawal.ts';
import type { WithdrawalDeps } from './ports.ts';
import { readWithdrawal } from './read-withdrawals.ts';
import { withdrawalTimeline } from './timeline.ts';

/** @throws AppError NOT_FOUND */
export async function readWithdrawalExplanation(deps: WithdrawalDeps, text: string): Promise<Explanation> {
  const withdrawal = await readWithdrawal(deps, text);
  const { network, address, status, approvalId, money } = withdrawal;
  const [{ isStopped }, isDenied, approval] = await Promise.all([
    deps.processor.readState(),
    status === 'FAILED' && deps.denyList.has(network, canonicalAddress(network, address)),
    status === 'AWAITING_APPROVAL' && approvalId ? deps.approvals.read(approvalId) : undefined,
  ]);
  const decimals = deps.assets.get(money.currency)?.decimals;
  return explainWithdrawal({ withdrawal, decimals, isStopped, isDenied, approval }, deps.now());
}

/** @throws AppError NOT_FOUND */
export async function readWithdrawalTimeline(deps: WithdrawalDeps, past: PastDeps, text: string): Promise<Timeline> {
  const withdrawal = await readWithdrawal(deps, text);
  return withdrawalTimeline(withdrawal, await readPast(past, withdrawal), deps.policy);
}
