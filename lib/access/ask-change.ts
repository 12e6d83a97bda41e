import type { EventDeps } from '../events/index.ts';
import { AppError, invariant } from '../kernel/errors.ts';
import { requirePrincipal } from '../kernel/principal.ts';
import {
  type Approval,
  type ApprovalKind,
  type ApprovalNeed,
  actorOf,
  contentDigest,
  newApprovalId,
} from './approval.ts';
import type { Needed } from './approval-policy.ts';
import type { ApprovalStore, ApprovalWrite } from './approval-ports.ts';
import { toAsk } from './ask-approval.ts';

/** Changes of keys and of the rules need one other person, who has three days. */
const CHANGE_NEEDS: Needed = { approvers: 1, lapsesAfterHours: 72 };

/** `change`: what was asked for, as plain JSON. The digest is of all of it. It never contains a secret. */
export type AskedChange = {
  readonly kind: ApprovalKind;
  readonly subject: string;
  readonly change: unknown;
  /** The person whom it is for, who cannot decide either. */
  readonly beneficiary?: string;
  readonly needed?: Needed;
  readonly policyVersion?: number;
};

export type ChangeDeps = EventDeps & { readonly approvals: ApprovalStore; readonly newId: () => string };

/** Stores a change that waits for another person. Every request makes an approval of its own. */
export async function askForChange(deps: ChangeDeps, asked: AskedChange): Promise<Approval> {
  const { approval, write } = changeToAsk(deps, asked);
  const isDone = await deps.approvals.write(write);
  invariant(isDone, 'the id of a new approval is free');
  return approval;
}

/** The approval of a change, for the transaction that stores what waits for it. */
export function changeToAsk(deps: ChangeDeps, asked: AskedChange): { approval: Approval; write: ApprovalWrite } {
  const { kind, subject, change, beneficiary, needed = CHANGE_NEEDS, policyVersion = 0 } = asked;
  const by = { maker: actorOf(requirePrincipal(deps)), beneficiary };
  const need: ApprovalNeed = { ...needed, ...by, id: newApprovalId(deps.newId()), policyVersion };
  const digest = changeDigest({ kind, subject, change });
  const nothing = { count: 0, totals: {}, largest: [], newCount: 0, new: [] };
  return toAsk(deps, need, { kind, subject, digest, asked: { ...nothing, change } });
}

/** The change that an approval has, if it is the one that was approved. @throws AppError INVALID_STATE */
export function changeIn({ kind, subject, asked, digest }: Approval): unknown {
  if (changeDigest({ kind, subject, change: asked.change }) === digest) return asked.change;
  throw new AppError('INVALID_STATE', { message: 'The change is not the one that was to be approved.' });
}

const changeDigest = ({ kind, subject, change }: Pick<AskedChange, 'kind' | 'subject' | 'change'>) =>
  contentDigest(kind, subject, JSON.stringify(change));
