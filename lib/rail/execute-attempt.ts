import { type Attempt, type AttemptOutcome, learn, mustLookUpFirst, outcomeOf } from './attempt.ts';
import { type Lease, lastsFor } from './lease.ts';
import type { Bank, BankInstruction } from './port.ts';

/** What it takes to send an instruction. */
export type RailDeps = {
  readonly bank: Bank;
  readonly policy: { readonly lateCallMs: number };
  readonly now: () => number;
};

/** An instruction and under what it is worked on. */
export type Work = {
  readonly attempt: Attempt;
  /** What the rail is told, but for the reference. */
  readonly instruction: Omit<BankInstruction, 'reference'>;
  readonly lease: Lease;
  /** The outcome of an earlier call under this reference is not known. */
  readonly isUnknown: boolean;
  /** The lease before this one ended without a word: a call may be out under this reference. */
  readonly previousLeaseAbandoned: boolean;
  readonly maxAttempts: number;
  /** Looked at right before the call goes out, besides the lease. */
  readonly mayStillSend: () => Promise<boolean>;
};

/** In the order in which it was learned. Held back: the circuit to the rail is open, so trying at once would be in vain. */
export type AttemptOutcomes = { readonly findings: readonly AttemptOutcome[]; readonly circuitOpen: boolean };

/**
 * Brings an instruction as far as its lease allows and says what was learned; writes nothing.
 *
 * If a call may already be out under its reference the rail is asked first, and only on "never seen" is it sent, under the
 * same reference. A call whose answer does not come is asked about once, at once; after that its outcome is unknown until a
 * later lease asks again.
 */
export async function executeAttempt(deps: RailDeps, work: Work): Promise<AttemptOutcomes> {
  const learned: AttemptOutcome[] = [];
  const and = (finding: AttemptOutcome, circuitOpen = false) => ({ findings: [...learned, finding], circuitOpen });
  let { reference } = work.attempt;

  if (mustLookUpFirst(work.attempt, work.previousLeaseAbandoned)) {
    if (!lastsFor(deps, work.lease)) return and({ kind: 'unasked' });
    const answer = await deps.bank.lookUp(reference);
    if (answer.kind !== 'not_found') return and(outcomeOf(answer));
    if (work.isUnknown) {
      learned.push({ kind: 'never_arrived' });
      const after = learn(work.attempt, { kind: 'never_arrived' }, work);
      if (after.kind === 'failed') return { findings: learned, circuitOpen: false };
      reference = after.attempt.reference;
    }
  }

  const sent = await deps.bank.send(
    { ...work.instruction, reference },
    async () => (await work.mayStillSend()) && lastsFor(deps, work.lease),
  );
  if (sent.kind === 'unsent') return and({ kind: 'unsent' }, sent.cause === 'circuit_open');
  if (sent.kind !== 'unanswered') return and(outcomeOf(sent));
  if (!lastsFor(deps, work.lease)) return and({ kind: 'unanswered' });
  return and(outcomeOf(await deps.bank.lookUp(reference)));
}
