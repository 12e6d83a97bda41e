import type { LookUpAnswer, Refusal, SendAnswer } from './port.ts';

/** How far an instruction to a money rail has come. */
export type Attempt = {
  /** Stored before the first call that carries it; moves on only after the rail itself refused. */
  readonly reference: string;
  /** Used of the allowance; a look-up is not an attempt. */
  readonly attempts: number;
  /** An earlier call under this very reference was never answered: ask before sending it again. */
  readonly unanswered: boolean;
};

export type AttemptLimit = { readonly maxAttempts: number };

type Paid = Extract<SendAnswer, { kind: 'paid' }>;

/**
 * What a worker learned about an instruction.
 * - `paid`, `refused`: the rail said so.
 * - `unanswered`: a call went out and its outcome is not known.
 * - `never_arrived`: a call recorded as unanswered turns out never to have reached the rail.
 * - `unasked`: a call may be out under this reference, and there was no time to ask.
 * - `unsent`: nothing went out.
 */
export type AttemptOutcome =
  | Paid
  | { readonly kind: 'refused'; readonly failure: Refusal }
  | { readonly kind: 'unanswered' | 'never_arrived' | 'unasked' | 'unsent' };

/** What a finding makes of an attempt. `same`: nothing that changes how it stands. */
export type Learned =
  | { readonly kind: 'same' | 'unknown'; readonly attempt: Attempt }
  | { readonly kind: 'paid'; readonly attempt: Attempt; readonly paid: Paid }
  | { readonly kind: 'retrying' | 'failed'; readonly attempt: Attempt; readonly failure: Refusal };

export const TIMEOUT_BEFORE_EFFECT: Refusal = {
  code: 'BANK_API_TIMEOUT',
  message: 'The bank did not answer in time and has no record of the instruction.',
  retryable: true,
};

/** `<instruction's id>.<n>`; n counts the references used, from 1. */
export function firstReference(id: string): string {
  return `${id}.1`;
}

/** A new one only if the rail itself refused the last one. */
export function referenceForNext({ reference, unanswered }: Pick<Attempt, 'reference' | 'unanswered'>): string {
  if (unanswered) return reference;
  const at = reference.lastIndexOf('.');
  return `${reference.slice(0, at)}.${Number(reference.slice(at + 1)) + 1}`;
}

/** Pure: the same attempt and finding always give the same result. */
export function learn(before: Attempt, finding: AttemptOutcome, { maxAttempts }: AttemptLimit): Learned {
  const attempt: Attempt = {
    reference: before.reference,
    attempts: before.attempts,
    unanswered: before.unanswered,
  };
  switch (finding.kind) {
    case 'unsent':
      return { kind: 'same', attempt };
    case 'unasked':
      return { kind: 'same', attempt: { ...attempt, unanswered: true } };
    case 'unanswered':
      return { kind: 'unknown', attempt: { ...attempt, unanswered: true } };
    case 'paid':
      return {
        kind: 'paid',
        attempt: { ...attempt, attempts: attempt.attempts + 1, unanswered: false },
        paid: finding,
      };
    case 'never_arrived':
      // The reference stays: should the lost call surface after all, a rail that knows references can still tell.
      return refused({ ...attempt, unanswered: true }, TIMEOUT_BEFORE_EFFECT, maxAttempts);
    case 'refused':
      return refused({ ...attempt, unanswered: false }, finding.failure, maxAttempts);
  }
}

function refused(before: Attempt, failure: Refusal, maxAttempts: number): Learned {
  const attempt = { ...before, attempts: before.attempts + 1 };
  return failure.retryable && attempt.attempts < maxAttempts
    ? { kind: 'retrying', attempt: { ...attempt, reference: referenceForNext(attempt) }, failure }
    : { kind: 'failed', attempt, failure };
}

/**
 * May an instruction under this reference already be with the rail? Then the rail is asked before anything is sent.
 * `previousLeaseAbandoned`: the lease before this one ended without a word.
 */
export function mustLookUpFirst({ unanswered }: Pick<Attempt, 'unanswered'>, previousLeaseAbandoned: boolean): boolean {
  return previousLeaseAbandoned || unanswered;
}

/** Right after a call of our own, `not_found` proves nothing: the call may still be on its way. */
export function outcomeOf(answer: SendAnswer | LookUpAnswer): AttemptOutcome {
  switch (answer.kind) {
    case 'paid':
    case 'refused':
      return answer;
    case 'unsent':
      return { kind: 'unsent' };
    case 'unanswered':
    case 'not_found':
    case 'in_process':
    case 'no_answer':
      return { kind: 'unanswered' };
  }
}
