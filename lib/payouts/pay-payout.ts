import { cancelAttempt, executeAttempt, isCircuitOpen } from '../rail/index.ts';
import type { BatchState } from './batch.ts';
import type { HeldLease } from './chunk-store.ts';
import type { Fence } from './fence.ts';
import { applyOutcome, isTerminal, type Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';

export type Worked = { readonly before: Payout; readonly after: Payout; readonly circuitOpen: boolean };

/** Brings one payout as far as this lease allows; writes nothing. A cancelled one is looked up if need be, and never sent. */
export async function payPayout(
  deps: PayoutDeps,
  payout: Payout,
  fence: Fence,
  {
    lease,
    previousLeaseAbandoned,
    createdAt,
  }: Pick<HeldLease, 'lease' | 'previousLeaseAbandoned'> & Pick<BatchState, 'createdAt'>,
): Promise<Worked> {
  if (isTerminal(payout)) return { before: payout, after: payout, circuitOpen: false };
  const rail = { ...deps, rail: deps.bank };
  const work = {
    attempt: payout,
    createdAt,
    lease,
    isUnknown: payout.status === 'unknown',
    previousLeaseAbandoned,
    maxAttempts: deps.policy.maxAttempts,
  };
  const now = () => new Date(deps.now()).toISOString();
  if (await fence.isCancelled(payout.id)) {
    const after = applyOutcome(payout, await cancelAttempt(rail, work), now());
    return { before: payout, after, circuitOpen: false };
  }
  const outcome = await executeAttempt(rail, {
    ...work,
    instruction: instructionOf(payout),
    mayStillSend: () => fence.mayStillSend(payout.id),
  });
  const after = applyOutcome(payout, outcome, now());
  // The cancel came while it waited for its turn to be sent.
  if (outcome.sent?.kind === 'unsent' && (await fence.isCancelled(payout.id))) {
    return {
      ...(await payPayout(deps, after, fence, { lease, previousLeaseAbandoned: false, createdAt })),
      before: payout,
    };
  }
  return { before: payout, after, circuitOpen: isCircuitOpen(outcome) };
}

function instructionOf({ id, money, destination }: Payout) {
  return {
    instruction: id,
    money,
    destination:
      destination.type === 'pix'
        ? { pix_key: destination.pixKey }
        : { bank_account: destination.bankAccount, bank_name: destination.bankName },
  };
}
