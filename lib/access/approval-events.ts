import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Approval, Decision } from './approval.ts';
import type { ApprovalPolicy } from './approval-policy.ts';

const source = '/sluice/access';

export function approvalRequested(deps: EventDeps, approval: Approval): DomainEvent {
  return eventOf(deps, { type: 'approval.requested', source, subject: approval.id, data: dataOf(approval) });
}

/** One for each person that decides. */
export function approvalDecided(deps: EventDeps, approval: Approval, decision: Decision): DomainEvent {
  const { verdict, person, reason } = decision;
  return eventOf(deps, {
    type: verdict === 'approve' ? 'approval.approved' : 'approval.rejected',
    source,
    subject: approval.id,
    fact: `${approval.id}.${approval.decisions.length}`,
    data: { ...dataOf(approval), person, reason },
  });
}

export function approvalEnded(
  deps: EventDeps,
  type: 'approval.lapsed' | 'approval.cancelled',
  approval: Approval,
): DomainEvent {
  return eventOf(deps, { type, source, subject: approval.id, data: dataOf(approval) });
}

export function policyChanged(deps: EventDeps, { version, rules }: ApprovalPolicy): DomainEvent {
  const data = { policy: 'approvals', version, rule_count: rules.length };
  return eventOf(deps, { type: 'policy.changed', source, subject: 'approvals', fact: `approvals.${version}`, data });
}

function dataOf({ id, kind, subject, digest, status, maker, decisions, approvers, policyVersion }: Approval) {
  return {
    approval_id: id,
    kind,
    subject_id: subject,
    digest,
    status,
    maker: maker.person,
    approved_count: decisions.filter(({ verdict }) => verdict === 'approve').length,
    needed_count: approvers,
    policy_version: policyVersion,
  };
}
