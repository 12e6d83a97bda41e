import type { EventDeps } from '../events/index.ts';
import { invariant } from '../kernel/errors.ts';
import { type Approval, type ApprovalNeed, actorOf, askedOf, newApproval } from './approval.ts';
import { approvalRequested } from './approval-events.ts';
import {
  type ApprovalRule,
  type AskedPayment,
  asksForNewPayees,
  figuresOf,
  metBy,
  neededBy,
  type RuleKind,
} from './approval-policy.ts';
import type { ApprovalWrite, GateDeps, Paid } from './approval-ports.ts';

/** The payments are computed only if there is a rule of the kind. */
type Request = { readonly kind: RuleKind; readonly payments: () => readonly AskedPayment[] };
type IsNew = (payment: AskedPayment) => boolean;
/** `version`: of the rules. */
type RulesMet = { readonly version: number; readonly met: readonly ApprovalRule[]; readonly isNew?: IsNew };

/** What was looked up for a need, so that its approval does not look it up again. */
const lookedUp = new WeakMap<ApprovalNeed, IsNew>();

/**
 * What a request needs before it may move money. It reads the rules only, unless one of them asks for new payees.
 * @param id of the approval, if the request needs one
 * @returns undefined if it meets no rule
 */
export async function approvalNeeded(
  deps: GateDeps,
  request: Request,
  id: () => Approval['id'],
): Promise<ApprovalNeed | undefined> {
  const { met, version, isNew } = await rulesMet(deps, request);
  const need = needOf(deps, { met, version }, id);
  if (need && isNew) lookedUp.set(need, isNew);
  return need;
}

export function needOf(
  { principal }: Pick<GateDeps, 'principal'>,
  { met, version }: Pick<RulesMet, 'met' | 'version'>,
  id: () => Approval['id'],
): ApprovalNeed | undefined {
  const needed = neededBy(met);
  if (!needed) return undefined;
  const maker = principal();
  invariant(maker, 'only requests ask for approval, and each has a principal');
  return { ...needed, id: id(), maker: actorOf(maker), policyVersion: version };
}

/** The rules that a request meets, with what was looked up to know it. It reads as {@link approvalNeeded}. */
export async function rulesMet(deps: GateDeps, { kind, payments }: Request): Promise<RulesMet> {
  const policy = await deps.approvalPolicy();
  const { version } = policy;
  if (!policy.rules.some((rule) => rule.kind === kind)) return { version, met: [] };
  const asked = payments();
  const isNew = asksForNewPayees(policy, kind) ? await newAmong(deps, asked) : undefined;
  const met = metBy(policy, kind, figuresOf(asked, isNew ?? (() => false)));
  return { version, met, ...(isNew ? { isNew } : {}) };
}

/** The approval of payments that are stored, with what is new among them. */
export async function approvalOf(
  deps: GateDeps,
  need: ApprovalNeed,
  content: Pick<Approval, 'kind' | 'subject' | 'digest'> &
    Pick<Approval['asked'], 'change'> & { readonly payments: readonly AskedPayment[] },
): Promise<ApprovalWrite> {
  const { payments, change, ...rest } = content;
  const isNew = lookedUp.get(need) ?? (await newAmong(deps, payments));
  return toAsk(deps, need, {
    ...rest,
    asked: { ...askedOf(payments, isNew), ...(change === undefined ? {} : { change }) },
  }).write;
}

/** A new approval that waits, and the write that stores it. */
export function toAsk(
  deps: EventDeps & Pick<GateDeps, 'approvals'>,
  need: ApprovalNeed,
  content: Pick<Approval, 'kind' | 'subject' | 'digest' | 'asked'>,
): { approval: Approval; write: ApprovalWrite } {
  const approval = newApproval(need, content, deps.now());
  return { approval, write: deps.approvals.toInsert(approval, approvalRequested(deps, approval)) };
}

export async function newAmong(deps: GateDeps, payments: readonly AskedPayment[]): Promise<IsNew> {
  const unknown = await deps.knownPayees.unknownAmong([...new Set(payments.flatMap(namesOf))]);
  return (payment) => namesOf(payment).some((name) => unknown.has(name));
}

/**
 * Makes payees and accounts known that were paid, while there are rules. If a process dies before it, they stay unknown, and
 * the next payment to them may need an approval that it would not need.
 */
export async function rememberPaid(
  deps: Pick<GateDeps, 'approvalPolicy' | 'knownPayees'>,
  paid: () => readonly Paid[],
): Promise<void> {
  if ((await deps.approvalPolicy()).rules.length > 0) await makeKnown(deps, paid());
}

/** Repeatable. */
export async function makeKnown({ knownPayees }: Pick<GateDeps, 'knownPayees'>, paid: readonly Paid[]): Promise<void> {
  const names = [...new Set(paid.flatMap(namesOf))];
  if (names.length > 0) await knownPayees.remember(names);
}

/** Under which a payment makes its payee and its account known. */
function namesOf({ payee, account }: Paid): string[] {
  return [`payee:${payee}`, `account:${account}`];
}
