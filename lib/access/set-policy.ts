import { AppError } from '../kernel/errors.ts';
import type { Unit } from '../kernel/money.ts';
import { requirePrincipal } from '../kernel/principal.ts';
import type { Approval } from './approval.ts';
import { policyChanged } from './approval-events.ts';
import type { ApprovalPolicy, ApprovalRule } from './approval-policy.ts';
import type { ApprovalDeps, ApprovalSubject } from './approval-ports.ts';
import { askForChange, type ChangeDeps, changeIn } from './ask-change.ts';
import { hasOtherApprover } from './asked-key.ts';

/** `changed`: it holds. `waiting`: it holds once another person has approved it. */
export type PolicySet =
  | { readonly kind: 'changed'; readonly policy: ApprovalPolicy }
  | { readonly kind: 'waiting'; readonly approval: Approval };

type PolicyDeps = Pick<ApprovalDeps, 'policies'> & ChangeDeps;

/** A rule as plain JSON, as clients see it and as a change of the rules is stored. */
export type RuleText = ReturnType<typeof ruleText>;
export const ruleText = ({ kind, currency, totalFrom, largestFrom, newPayee, ...rest }: ApprovalRule) => ({
  kind,
  currency: currency ?? null,
  total_from_minor: totalFrom === undefined ? null : `${totalFrom}`,
  largest_from_minor: largestFrom === undefined ? null : `${largestFrom}`,
  new_payee: newPayee ?? false,
  approvers: rest.approvers,
  lapses_after_hours: rest.lapsesAfterHours,
});

const ruleOf = (text: RuleText): ApprovalRule => ({
  kind: text.kind,
  ...(text.currency === null ? {} : { currency: text.currency as Unit }),
  ...(text.total_from_minor === null ? {} : { totalFrom: BigInt(text.total_from_minor) }),
  ...(text.largest_from_minor === null ? {} : { largestFrom: BigInt(text.largest_from_minor) }),
  ...(text.new_payee ? { newPayee: true } : {}),
  approvers: text.approvers,
  lapsesAfterHours: text.lapses_after_hours,
});

/**
 * A change of the rules that waits: it holds only if no other change was first.
 * `before`: the rules that it replaces, which approvers cannot read otherwise. Requests of earlier versions lack it.
 */
type PolicyChange = {
  readonly version: number;
  readonly before?: readonly RuleText[];
  readonly rules: readonly RuleText[];
};

/**
 * Replaces the rules. Once another person may approve, the change waits for that person. The same rules again are no change.
 * @throws AppError INVALID_STATE the rules have changed since they were read
 */
export async function setPolicy(deps: PolicyDeps, rules: readonly ApprovalRule[]): Promise<PolicySet> {
  const { person } = requirePrincipal(deps);
  const current = await deps.policies.read();
  const before = current.rules.map(ruleText);
  const change: PolicyChange = { version: current.version + 1, before, rules: rules.map(ruleText) };
  if (current.version > 0 && JSON.stringify(before) === JSON.stringify(change.rules)) {
    return { kind: 'changed', policy: current };
  }
  if (await hasOtherApprover(deps)) {
    const asked = { kind: 'policy', subject: 'approvals', change, policyVersion: current.version } as const;
    return { kind: 'waiting', approval: await askForChange(deps, asked) };
  }
  const policy = policyOf(current, change, { changedBy: person, now: deps.now() });
  if (!(await deps.approvals.write(deps.policies.toReplace(policy, policyChanged(deps, policy))))) throw overtaken();
  return { kind: 'changed', policy };
}

/** How a decision about new rules takes effect. */
export function policyApprovals(deps: PolicyDeps): ApprovalSubject {
  return {
    async conclude(approval, decision) {
      if (approval.status !== 'approved') return deps.approvals.write(decision);
      const change = changeIn(approval) as PolicyChange;
      const current = await deps.policies.read();
      if (current.version !== change.version - 1) throw overtaken();
      const policy = policyOf(current, change, { changedBy: approval.maker.person, now: deps.now() });
      return deps.approvals.write(decision, deps.policies.toReplace(policy, policyChanged(deps, policy)));
    },
    async proceed() {},
  };
}

export const readPolicy = ({ policies }: Pick<ApprovalDeps, 'policies'>) => policies.read();

type Change = { readonly changedBy: string; readonly now: number };
function policyOf(
  current: ApprovalPolicy,
  { version, rules }: PolicyChange,
  { changedBy, now }: Change,
): ApprovalPolicy {
  const changedAt = new Date(now).toISOString();
  const heldSince = current.rules.length === 0 ? changedAt : current.heldSince;
  return { version, rules: rules.map(ruleOf), heldSince, changedAt, changedBy };
}

const overtaken = () => new AppError('INVALID_STATE', { message: 'The rules have changed since. Read them again.' });
