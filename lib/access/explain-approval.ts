import { counted, type Next, type PossibleAction, postOf } from '../kernel/explanation.ts';
import { type Approval, type ApprovalId, hasLapsed } from './approval.ts';

/** What an explanation says of the approval that something waits for. @param approval undefined if it is not stored yet */
export function explainApproval(id: ApprovalId | undefined, approval: Approval | undefined, now: number) {
  if (!approval) return { sentence: `It waits for the approval ${id ?? 'of another person'}.`, next: null };
  const given = approval.decisions.filter(({ verdict }) => verdict === 'approve').length;
  const sentence = `It waits for the approval ${approval.id}, which has ${given} of ${counted(approval.approvers, 'approval')}.`;
  return { sentence, next: nextOf(approval, now) };
}

function nextOf(approval: Approval, now: number): Next {
  const { status, lapsesAt } = approval;
  if (status !== 'waiting') return { at: null, sentence: `Its approval is ${status}: it follows.` };
  if (hasLapsed(approval, now))
    return {
      at: null,
      sentence: `Its time for approval was over at ${lapsesAt}: recovery rejects it within a minute.`,
    };
  return { at: lapsesAt, sentence: `Without the approval it is rejected at ${lapsesAt}.` };
}

/** What another person may do. */
export function possibleDecisions(approval: Approval | undefined, now: number): PossibleAction[] {
  if (approval?.status !== 'waiting' || hasLapsed(approval, now)) return [];
  const of = (verb: string) => `/approvals/${approval.id}/${verb}`;
  const who = 'Only another person than the one who asked for it can do this.';
  return [
    postOf('approve', of('approve'), 'payouts:approve', `Approve it, with a reason and its digest. ${who}`),
    postOf('reject', of('reject'), 'payouts:approve', `Reject it for good, with a reason. ${who}`),
  ];
}
