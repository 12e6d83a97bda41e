import { executeAttempt, type Lease } from '../rail/index.ts';
import type { BatchId } from './ids.ts';
import { applyOutcome, isTerminal, type Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';

/** Under what a payout is worked on. */
export type Work = {
  readonly batchId: BatchId;
  readonly run: number;
  readonly lease: Lease;
  /** The lease before this one was abandoned: what it covered may be with the bank. */
  readonly previousLeaseAbandoned: boolean;
};

/** What became of a payout. Held back: the circuit to the bank is open, so trying again at once would be in vain. */
export type Worked = { readonly before: Payout; readonly after: Payout; readonly circuitOpen: boolean };

/** Brings one payout as far as this lease allows and answers with what it has become; writes nothing. */
export async function payPayout(deps: PayoutDeps, payout: Payout, work: Work): Promise<Worked> {
  if (isTerminal(payout)) return { before: payout, after: payout, circuitOpen: false };
  const { findings, circuitOpen } = await executeAttempt(deps, {
    attempt: payout,
    instruction: instructionOf(payout),
    lease: work.lease,
    isUnknown: payout.status === 'unknown',
    previousLeaseAbandoned: work.previousLeaseAbandoned,
    maxAttempts: deps.policy.maxAttempts,
    mayStillSend: () => isStillRunning(deps, work),
  });
  const now = new Date(deps.now()).toISOString();
  const after = findings.reduce((before, finding) => applyOutcome(before, finding, deps.policy, now), payout);
  return { before: payout, after, circuitOpen };
}

/** Looked at right before every send: is the batch still in this run? */
async function isStillRunning(deps: PayoutDeps, work: Work): Promise<boolean> {
  const batch = await deps.readState(work.batchId);
  return batch?.status === 'in_progress' && batch.run === work.run;
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
