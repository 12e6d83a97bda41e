import { type EpochDeps, epochApplies } from './epoch.ts';
import { type Call, listingCalls } from './history.ts';
import { type Lease, lastsFor } from './lease.ts';
import type { LookUpAnswer, Rail, RailInstruction, Refusal, SendAnswer } from './port.ts';

/** The stored state of an instruction to a rail. */
export type Attempt = {
  /** Stored before the first call that carries it; changes only after the rail itself refused. */
  readonly reference: string;
  /** Attempts with a known outcome; a look-up is not an attempt. */
  readonly attempts: number;
  /** An earlier call under this reference has no known outcome: look up before sending again. */
  readonly unanswered: boolean;
};

/**
 * - `paid`: the rail moved the money.
 * - `retrying`: the last attempt moved nothing, and another one is due. `failed`: it moved nothing, and none is due.
 * - `unknown`: a call went out and its outcome is not known. `failure`: of the attempt before it in the same execution.
 * - `unchanged`: nothing was learned about the payment.
 */
type Meaning =
  | Extract<SendAnswer, { kind: 'paid' }>
  | { readonly kind: 'retrying' | 'failed'; readonly failure: Refusal }
  | { readonly kind: 'unknown'; readonly failure?: Refusal }
  | { readonly kind: 'unchanged' };

/** The new state of an attempt, and its effect on the payment. */
export type AttemptOutcome = Meaning & {
  readonly attempt: Attempt;
  /** How often it became due for another attempt on the way. */
  readonly retries: number;
  /** The last answers, absent if nothing was sent or looked up. */
  readonly sent?: SendAnswer;
  readonly lookedUp?: LookUpAnswer;
  /** All calls of the execution, in their order. */
  readonly calls?: readonly Call[];
};

/** What the rail must be trusted with, and how often. */
export type AttemptRules = {
  readonly maxAttempts: number;
  /** The outcome of an earlier call is recorded as unknown: if that call never arrived, it used up an attempt. */
  readonly isUnknown: boolean;
  /** A call under this reference timed out so recently that it may still arrive: `not_found` proves nothing yet. */
  readonly mayStillArrive?: boolean;
  /** A refusal is final: there is never another reference. */
  readonly hasOneReference?: boolean;
};

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
  return unanswered ? reference : referenceWith(reference, numberOf(reference) + 1);
}

/** The number of a reference among those of its instruction, from 1. */
export const numberOf = (reference: string) => Number(reference.slice(reference.lastIndexOf('.') + 1));

/** The reference of the same instruction with another number. */
export const referenceWith = (reference: string, number: number) =>
  `${reference.slice(0, reference.lastIndexOf('.'))}.${number}`;

export function unchanged({ reference, attempts, unanswered }: Attempt): AttemptOutcome {
  return { kind: 'unchanged', attempt: { reference, attempts, unanswered }, retries: 0 };
}

/** The outcome if a call may be out under this reference and no time was left to look it up. */
export function notLookedUp(attempt: Attempt): AttemptOutcome {
  return unchanged({ ...attempt, unanswered: true });
}

/** The outcome after an answer to a call of this execution: `not_found` proves nothing then. Pure. */
export function afterAnswer(
  before: AttemptOutcome,
  answer: SendAnswer | LookUpAnswer,
  maxAttempts: number,
): AttemptOutcome {
  const { attempt, retries } = before;
  switch (answer.kind) {
    case 'paid':
      return { ...answer, attempt: { ...attempt, attempts: attempt.attempts + 1, unanswered: false }, retries };
    case 'refused':
      return afterFailure(before, false, answer.failure, maxAttempts);
    case 'unsent':
      return before;
    case 'unanswered':
    case 'not_found':
    case 'in_process':
    case 'no_answer': {
      const failure = 'failure' in before && before.failure ? { failure: before.failure } : {};
      return { kind: 'unknown', attempt: { ...attempt, unanswered: true }, retries, ...failure };
    }
  }
}

/** The outcome after a look-up of an earlier call. `unchanged`: the rail has no record, so the reference may be sent. Pure. */
export function afterLookUp(attempt: Attempt, lookedUp: LookUpAnswer, rules: AttemptRules): AttemptOutcome {
  const before = unchanged(attempt);
  if (lookedUp.kind !== 'not_found' || rules.mayStillArrive) {
    return { ...afterAnswer(before, lookedUp, rules.maxAttempts), lookedUp };
  }
  if (!rules.isUnknown) return { ...before, lookedUp };
  // The reference stays: if the lost call arrives after all, a rail that recognises references can refuse the second one.
  return { ...afterFailure(before, true, TIMEOUT_BEFORE_EFFECT, rules.maxAttempts), lookedUp };
}

function afterFailure(
  before: AttemptOutcome,
  unanswered: boolean,
  failure: Refusal,
  maxAttempts: number,
): AttemptOutcome {
  const { retries } = before;
  const attempt = { ...before.attempt, attempts: before.attempt.attempts + 1, unanswered };
  return failure.retryable && attempt.attempts < maxAttempts
    ? { kind: 'retrying', failure, attempt: { ...attempt, reference: referenceForNext(attempt) }, retries: retries + 1 }
    : { kind: 'failed', failure, attempt, retries };
}

/** Nothing of an instruction can move money any more: no call of it moved any, and none will be sent. */
export type CancelledAttempt = {
  readonly kind: 'cancelled';
  readonly attempt: Attempt;
  readonly calls?: readonly Call[];
};

export type RailDeps = EpochDeps & {
  readonly rail: Rail;
  readonly policy: { readonly lateCallMs: number };
};

/** An instruction to execute, and the lease under which that happens. */
export type Work = AttemptRules & {
  readonly attempt: Attempt;
  readonly instruction: Omit<RailInstruction, 'reference'>;
  /** When the instruction was stored, ISO 8601 UTC. */
  readonly createdAt: string;
  readonly lease: Lease;
  /** The lease before this one ended without a recorded outcome: a call may be out under this reference. */
  readonly previousLeaseAbandoned: boolean;
  /** Checked right before the call goes out, besides the lease. */
  readonly mayStillSend: () => Promise<boolean>;
};

/** Whether the stored state says that a call may have reached the rail already. */
export function mustLookUpFirst({ attempt, previousLeaseAbandoned }: Pick<Work, 'attempt' | 'previousLeaseAbandoned'>) {
  return previousLeaseAbandoned || attempt.unanswered;
}

/**
 * Looks up what the rail knows under the reference. Under an epoch the refusal of the last attempt may not be the end: a person
 * may have let it be tried again, of which the stored state knows nothing. So the next references are looked up too.
 */
async function lookUpFirst(deps: RailDeps, work: Cancelled, underEpoch: boolean): Promise<AttemptOutcome> {
  const { maxAttempts, hasOneReference = false } = work;
  let after = afterLookUp(work.attempt, await deps.rail.lookUp(work.attempt.reference), work);
  if (!underEpoch || hasOneReference) return after;
  while (after.kind === 'failed' && after.lookedUp?.kind === 'refused' && after.failure.retryable) {
    if (!lastsFor(deps, work.lease)) return notLookedUp(work.attempt);
    const { attempt } = after;
    const reference = referenceForNext(attempt);
    const lookedUp = await deps.rail.lookUp(reference);
    if (lookedUp.kind === 'not_found') break;
    after = { ...afterAnswer(unchanged({ ...attempt, reference }), lookedUp, maxAttempts), lookedUp };
  }
  return after;
}

/**
 * Brings an instruction as far as its lease allows; writes nothing.
 *
 * If a call may be out under its reference, or an epoch applies to it, it looks that up first, and sends the same reference only if the rail has no
 * record of it. It looks up a call without an answer once, immediately; after that the outcome is unknown until a later
 * execution.
 */
export async function executeAttempt(deps: RailDeps, work: Work): Promise<AttemptOutcome> {
  const { rail, calls } = listingCalls(deps.rail);
  return { ...(await execute({ ...deps, rail }, work)), calls };
}

async function execute(deps: RailDeps, work: Work): Promise<AttemptOutcome> {
  const { rail } = deps;
  const { lease, maxAttempts } = work;
  let before = unchanged(work.attempt);
  const underEpoch = await epochApplies(deps, work);
  if (underEpoch || mustLookUpFirst(work)) {
    if (!lastsFor(deps, lease)) return notLookedUp(work.attempt);
    before = await lookUpFirst(deps, work, underEpoch);
    const mayBeSent = before.kind === 'unchanged' || before.kind === 'retrying';
    if (!mayBeSent || before.lookedUp?.kind !== 'not_found') return before;
  }
  const { reference } = before.attempt;
  const sent = await rail.send(
    { ...work.instruction, reference },
    async () => (await work.mayStillSend()) && lastsFor(deps, lease),
  );
  const after = { ...afterAnswer(before, sent, maxAttempts), sent };
  if (sent.kind !== 'unanswered' || !lastsFor(deps, lease)) return after;
  const lookedUp = await rail.lookUp(reference);
  return { ...afterAnswer(after, lookedUp, maxAttempts), sent, lookedUp };
}

/**
 * Brings an instruction that must not be sent any more as far as its lease allows; sends and writes nothing. The rail
 * decides about a call that may be out: an instruction that it paid, refused for good or has not decided is not cancelled.
 */
export async function cancelAttempt(deps: RailDeps, work: Cancelled): Promise<AttemptOutcome | CancelledAttempt> {
  const { rail, calls } = listingCalls(deps.rail);
  return { ...(await cancel({ ...deps, rail }, work)), calls };
}

type Cancelled = Omit<Work, 'instruction' | 'mayStillSend'>;

async function cancel(deps: RailDeps, work: Cancelled): Promise<AttemptOutcome | CancelledAttempt> {
  const { reference, attempts } = work.attempt;
  const cancelled = (after = attempts) =>
    ({ kind: 'cancelled', attempt: { reference, attempts: after, unanswered: false } }) as const;
  const underEpoch = await epochApplies(deps, work);
  if (!underEpoch && !mustLookUpFirst(work)) return cancelled();
  if (!lastsFor(deps, work.lease)) return notLookedUp(work.attempt);
  const after = await lookUpFirst(deps, work, underEpoch);
  const neverArrived = after.lookedUp?.kind === 'not_found' && !work.mayStillArrive;
  return neverArrived || after.kind === 'retrying' ? cancelled(after.attempt.attempts) : after;
}

/** The circuit to the rail is open, or there are no credentials for it: an immediate retry would not be sent either. */
export function isCircuitOpen({ sent }: AttemptOutcome): boolean {
  return sent?.kind === 'unsent' && sent.cause !== 'forbidden';
}
