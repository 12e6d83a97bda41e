import type { EventDeps } from '../events/index.ts';
import { AppError, invariant } from '../kernel/errors.ts';
import {
  type Approval,
  type ApprovalKind,
  type ApprovalNeed,
  actorOf,
  contentDigest,
  newApproval,
  newApprovalId,
} from './approval.ts';
import { approvalRequested } from './approval-events.ts';
import type { Needed } from './approval-policy.ts';
import type { ApprovalStore } from './approval-ports.ts';

/** Changes of keys and of the rules need one other person, who has three days. */
const CHANGE_NEEDS: Needed = { approvers: 1, lapsesAfterHours: 72 };

/** `change`: what was asked for, as plain JSON. The digest is of all of it. It never contains a secret. */
export type AskedChange = {
  readonly kind: ApprovalKind;
  readonly subject: string;
  readonly change: unknown;
  readonly needed?: Needed;
  readonly policyVersion?: number;
};

export type ChangeDeps = EventDeps & { readonly approvals: ApprovalStore; readonly newId: () => string };

/** Stores a change that waits for another person. Every request makes an approval of its own. */
export async function askForChange(deps: ChangeDeps, asked: AskedChange): Promise<Approval> {
  const { kind, subject, change, needed = CHANGE_NEEDS, policyVersion = 0 } = asked;
  const principal = deps.principal();
  if (!principal) throw new AppError('UNAUTHORIZED');
  const need: ApprovalNeed = { ...needed, id: newApprovalId(deps.newId()), maker: actorOf(principal), policyVersion };
  const digest = changeDigest({ kind, subject, change });
  const nothing = { count: 0, totals: {}, largest: [], newCount: 0, new: [] };
  const approval = newApproval(need, { kind, subject, digest, asked: { ...nothing, change } }, deps.now());
  const isDone = await deps.approvals.write(deps.approvals.toInsert(approval, approvalRequested(deps, approval)));
  invariant(isDone, 'the id of a new approval is free');
  return approval;
}

/** The change that an approval has, if it is the one that was approved. @throws AppError INVALID_STATE */
export function changeIn({ kind, subject, asked, digest }: Approval): unknown {
  if (changeDigest({ kind, subject, change: asked.change }) === digest) return asked.change;
  throw new AppError('INVALID_STATE', { message: 'The change is not the one that was to be approved.' });
}

const changeDigest = ({ kind, subject, change }: Pick<AskedChange, 'kind' | 'subject' | 'change'>) =>
  contentDigest(kind, subject, JSON.stringify(change));
