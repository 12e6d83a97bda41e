import type { AskAnswer, BankInstruction, SendAnswer } from '../bank/port.ts';
import type { Lease } from './chunk.ts';
import type { BatchId } from './ids.ts';
import { applyFinding, type Finding, isTerminal, mustAskFirst, type Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';

/** Under what a payout is worked on. */
export type Work = {
  readonly batchId: BatchId;
  readonly run: number;
  readonly lease: Lease;
  /** The lease before this one was abandoned: what it covered may be with the bank. */
  readonly tookOver: boolean;
};

/** What became of a payout. Held back: the circuit to the bank is open, so trying again at once would be in vain. */
export type Worked = { readonly before: Payout; readonly after: Payout; readonly isHeldBack: boolean };

/**
 * Brings one payout as far as this lease allows and answers with what it has become; writes nothing.
 *
 * If a call may already be out under its reference the bank is asked first, and only on "never seen" is the payout sent,
 * under the same reference. A call whose answer does not come is asked about once, at once; after that it is `unknown`
 * until a later lease asks again.
 */
export async function payPayout(deps: PayoutDeps, payout: Payout, work: Work): Promise<Worked> {
  let current = payout;
  const become = (after: Payout) => ({ before: payout, after, isHeldBack: false });
  const learn = (finding: Finding) => applyFinding(current, finding, deps.policy, new Date(deps.now()).toISOString());

  if (isTerminal(payout)) return become(payout);
  if (mustAskFirst(payout, work.tookOver)) {
    if (!lastsFor(deps, work.lease)) return become(learn({ kind: 'unasked' }));
    const answer = await deps.bank.ask(payout.reference);
    if (answer.kind !== 'never_seen') return become(learn(findingOf(answer)));
    if (payout.status === 'unknown') current = learn({ kind: 'never_arrived' });
    if (isTerminal(current)) return become(current);
  }

  const sent = await deps.bank.send(instructionOf(current), () => maySend(deps, work));
  if (sent.kind === 'unsent') return { ...become(current), isHeldBack: sent.cause === 'circuit_open' };
  if (sent.kind !== 'unanswered') return become(learn(findingOf(sent)));
  if (!lastsFor(deps, work.lease)) return become(learn({ kind: 'unanswered' }));
  const answer = await deps.bank.ask(current.reference);
  return become(learn(findingOf(answer)));
}

/** Looked at right before every send: is the batch still in this run, and does the lease outlast the call? */
async function maySend(deps: PayoutDeps, work: Work): Promise<boolean> {
  const batch = await deps.look(work.batchId);
  return batch?.status === 'in_progress' && batch.run === work.run && lastsFor(deps, work.lease);
}

/** A call begun after a wait of `waitMs` ends, whatever happens, before the lease does. */
export function lastsFor({ bank, policy, now }: PayoutDeps, lease: Lease, waitMs = 0): boolean {
  return now() + waitMs + bank.deadlineMs + policy.leaseMarginMs <= lease.until;
}

/** Right after a call of our own, `never_seen` proves nothing: the call may still be on its way. */
function findingOf(answer: SendAnswer | AskAnswer): Finding {
  switch (answer.kind) {
    case 'paid':
    case 'refused':
      return answer;
    case 'unsent':
      return { kind: 'unsent' };
    case 'unanswered':
    case 'never_seen':
    case 'in_process':
    case 'no_answer':
      return { kind: 'unanswered' };
  }
}

function instructionOf({ reference, id, money, destination }: Payout): BankInstruction {
  return {
    reference,
    instruction: id,
    money,
    destination:
      destination.type === 'pix'
        ? { pix_key: destination.pixKey }
        : { bank_account: destination.bankAccount, bank_name: destination.bankName },
  };
}
