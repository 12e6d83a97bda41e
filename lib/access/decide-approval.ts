import type { EventDeps } from '../events/index.ts';
import { AppError, invariant, orNotFound } from '../kernel/errors.ts';
import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import { requirePrincipal } from '../kernel/principal.ts';
import {
  type Actor,
  type Approval,
  type ApprovalId,
  type ApprovalStatus,
  actorOf,
  approvalIdOf,
  type Decision,
  decided,
  endedAs,
  hasLapsed,
  type Verdict,
  whyNot,
} from './approval.ts';
import { approvalDecided, approvalEnded } from './approval-events.ts';
import type { ApprovalDeps, ApprovalSubject, ApprovalWrite } from './approval-ports.ts';

/** Decisions about one approval are few, and conflicts end soon. */
const RETRY = { backoff: { baseMs: 20, maxMs: 1_000 }, patienceMs: 5_000 };

export type Deciding = {
  readonly verdict: Verdict;
  readonly reason: string;
  /** Of the content that the person saw. Approving needs it. */
  readonly digest?: string | undefined;
};

/**
 * A person approves or rejects. The last approval that is needed permits what waits, in the same transaction. The same
 * decision of the same person again changes nothing, and continues what it permits if the first request died.
 * @throws AppError NOT_FOUND; FORBIDDEN the person made the request, or a key is for them; INVALID_STATE it is decided, has
 *   lapsed, or its content is not the content that the person saw; RATE_LIMITED
 */
export async function decideApproval(deps: ApprovalDeps, text: string, deciding: Deciding): Promise<Approval> {
  const by = actorOf(requirePrincipal(deps));
  const approval = await retryWhileContended({ ...deps, policy: RETRY }, async () => {
    const before = await readApproval(deps, text);
    if (isRepeated(before, by, deciding)) return before;
    if (before.status === 'waiting' && hasLapsed(before, deps.now())) {
      await lapse(deps, before);
      return undefined;
    }
    refuse(before, by, deciding);
    const { verdict, reason } = deciding;
    const decision: Decision = { ...by, verdict, reason, at: new Date(deps.now()).toISOString() };
    const after = decided(before, decision);
    const change = deps.approvals.toAdvance(before, after, approvalDecided(deps, after, decision));
    const isEnd = after.status !== 'waiting';
    const isDone = await (isEnd ? subjectOf(deps, after).conclude(after, change) : deps.approvals.write(change));
    return isDone ? after : undefined;
  });
  if (approval.status === 'approved') await subjectOf(deps, approval).proceed(approval);
  return approval;
}

/** The same person, the same decision, about the same content. */
function isRepeated({ decisions, digest }: Approval, by: Actor, deciding: Deciding): boolean {
  if (deciding.verdict === 'approve' && deciding.digest !== digest) return false;
  return decisions.some(({ person, verdict }) => person === by.person && verdict === deciding.verdict);
}

function refuse(approval: Approval, by: Actor, { verdict, digest }: Deciding): void {
  const why = whyNot(approval, by, verdict, digest);
  const invalid = (message: string) => new AppError('INVALID_STATE', { message });
  switch (why) {
    case undefined:
      return;
    case 'maker':
      throw new AppError('FORBIDDEN', { message: 'A request is decided by other persons than the one who made it.' });
    case 'beneficiary':
      throw new AppError('FORBIDDEN', { message: 'A key is decided by other persons than the one whom it is for.' });
    case 'ended':
      throw invalid(`This approval is ${approval.status}.`);
    case 'decided_before':
      throw invalid('This person has decided before.');
    case 'other_content':
      throw invalid('The digest does not match the content: read the approval again.');
  }
}

/**
 * Ends an approval whose time is over, with what waits for it.
 * @returns false if it has been decided since it was read, or its subject is not stored yet
 */
export async function lapse(deps: ApprovalDeps, before: Approval): Promise<boolean> {
  const after = endedAs('lapsed', before, deps.now());
  const change = deps.approvals.toAdvance(before, after, approvalEnded(deps, 'approval.lapsed', after));
  return subjectOf(deps, after).conclude(after, change);
}

/**
 * The end of an approval because what waits for it is cancelled, for the transaction of its subject.
 * @returns undefined if it does not wait
 */
export async function cancelApproval(
  deps: EventDeps & Pick<ApprovalDeps, 'approvals'>,
  id: ApprovalId,
): Promise<ApprovalWrite | undefined> {
  const before = await deps.approvals.read(id);
  if (before?.status !== 'waiting') return undefined;
  const after = endedAs('cancelled', before, deps.now());
  return deps.approvals.toAdvance(before, after, approvalEnded(deps, 'approval.cancelled', after));
}

function subjectOf({ subjects }: ApprovalDeps, { kind }: Approval): ApprovalSubject {
  const subject = subjects[kind];
  invariant(subject, `approvals of ${kind} have a subject`);
  return subject;
}

/** @throws AppError NOT_FOUND */
export async function readApproval({ approvals }: Pick<ApprovalDeps, 'approvals'>, text: string): Promise<Approval> {
  const id = approvalIdOf(text);
  return orNotFound(id && (await approvals.read(id)), 'There is no such approval.');
}

export function listApprovals(
  { approvals }: Pick<ApprovalDeps, 'approvals'>,
  page: PageRequest & { status?: ApprovalStatus | undefined },
): Promise<Page<Approval>> {
  return approvals.list(page);
}
