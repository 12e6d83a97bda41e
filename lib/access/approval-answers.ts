import { z } from 'zod';
import { count, digits, object, orNull, otherwise, text, time, wholeNumber } from '../kernel/fields.ts';
import { ASSET_CODE, MAX_DIGITS, type Unit } from '../kernel/money.ts';
import { APPROVAL_KINDS, APPROVAL_STATUSES, type Approval, type AskedLine } from './approval.ts';
import { type ApprovalPolicy, type ApprovalRule, RULE_KINDS } from './approval-policy.ts';
import { ruleText } from './set-policy.ts';

/*
 * The JSON of approvals and their rules. Amounts are strings of digits in the minor unit: those of assets exceed what JSON
 * readers read exactly.
 */

const MAX_RULES = 50;
/** A month. */
const MAX_HOURS = 744n;

const ruleFields = {
  kind: z.enum(RULE_KINDS),
  currency: z
    .string()
    .regex(ASSET_CODE, 'must be the code of a currency or an asset')
    .optional()
    .meta({ description: 'Only payments in it count. Required for conditions on amounts.' }),
  total_from_minor: digits(MAX_DIGITS).optional().meta({ description: 'Met if all payments together reach it.' }),
  largest_from_minor: digits(MAX_DIGITS).optional().meta({ description: 'Met if one payment reaches it.' }),
  new_payee: z
    .boolean(otherwise('must be true or false'))
    .default(false)
    .meta({ description: 'Met if a payee or an account was never paid before.' }),
  approvers: wholeNumber(1n, 5n).default(1n),
  lapses_after_hours: wholeNumber(1n, MAX_HOURS).default(24n),
};

const ruleRequest = object(ruleFields)
  .superRefine((rule, context) => {
    const hasAmounts = rule.total_from_minor !== undefined || rule.largest_from_minor !== undefined;
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (hasAmounts && rule.currency === undefined) issue('currency', 'is required with an amount');
    const hasConditions = hasAmounts || rule.currency !== undefined || rule.new_payee;
    if (rule.kind === 'deny_list_removal' && hasConditions) issue('kind', 'a rule of this kind has no conditions');
  })
  .transform(
    (rule): ApprovalRule => ({
      kind: rule.kind,
      ...(rule.currency === undefined ? {} : { currency: rule.currency as Unit }),
      ...(rule.total_from_minor === undefined ? {} : { totalFrom: rule.total_from_minor }),
      ...(rule.largest_from_minor === undefined ? {} : { largestFrom: rule.largest_from_minor }),
      ...(rule.new_payee ? { newPayee: true } : {}),
      approvers: Number(rule.approvers),
      lapsesAfterHours: Number(rule.lapses_after_hours),
    }),
  )
  .meta({ id: 'ApprovalRuleRequest' });

export const policyRequest = object({ rules: z.array(ruleRequest, otherwise('must be a list')).max(MAX_RULES) });

const amount = z.string();
export const ruleAnswer = z
  .object({
    kind: z.enum(RULE_KINDS),
    currency: orNull(z.string()),
    total_from_minor: orNull(amount),
    largest_from_minor: orNull(amount),
    new_payee: z.boolean(),
    approvers: count(),
    lapses_after_hours: count(),
  })
  .meta({ id: 'ApprovalRule' });

export const policyAnswer = z
  .object({
    version: count().meta({ description: 'Counts the changes. 0: there were never rules.' }),
    rules: z.array(ruleAnswer),
    changed_at: orNull(time()),
    changed_by: orNull(z.string()).meta({ description: 'The person who asked for the change.' }),
  })
  .meta({ id: 'ApprovalPolicy' });

const line = z
  .object({ name: z.string(), payee: z.string(), account: z.string(), amount_minor: amount, currency: z.string() })
  .meta({ id: 'AskedPayment', description: '`account` shows the last characters only.' });

const decision = z
  .object({
    person: z.string(),
    key_id: z.string(),
    decision: z.enum(['approve', 'reject']),
    reason: z.string(),
    at: time(),
  })
  .meta({ id: 'ApprovalDecision' });

export const approvalAnswer = z
  .object({
    approval_id: z.string(),
    kind: z.enum(APPROVAL_KINDS),
    subject_id: z.string().meta({ description: 'The id of the batch, the withdrawal, the key ...' }),
    status: z.enum(APPROVAL_STATUSES),
    digest: z.string().meta({ description: 'Of the content. Send it when you approve.' }),
    maker: z.object({ person: z.string(), key_id: z.string() }),
    approvers_needed: count(),
    decisions: z.array(decision),
    policy_version: count(),
    asked: z.object({
      payment_count: count(),
      totals_minor: z.record(z.string(), amount),
      largest: z.array(line),
      new_count: count().meta({ description: 'Payments to a payee or an account that was never paid.' }),
      new: z.array(line),
      change: orNull(z.unknown()).meta({ description: 'Of a key, the rules or the deny-list.' }),
    }),
    created_at: time(),
    lapses_at: time(),
    ended_at: orNull(time()),
  })
  .meta({ id: 'Approval' });

const reason = text(500).meta({ description: 'Kept with the decision, and part of its event.' });
export const approveRequest = object({
  reason,
  digest: z
    .string(otherwise('must be a string'))
    .regex(/^[0-9a-f]{64}$/, 'must be the digest of the approval')
    .meta({ description: 'Of the content that you have read.' }),
});
export const rejectRequest = object({ reason });

export function policyView({ version, rules, changedAt, changedBy }: ApprovalPolicy): z.input<typeof policyAnswer> {
  return { version, rules: rules.map(ruleText), changed_at: changedAt ?? null, changed_by: changedBy ?? null };
}

export function approvalView(approval: Approval): z.input<typeof approvalAnswer> {
  const { asked, maker } = approval;
  return {
    approval_id: approval.id,
    kind: approval.kind,
    subject_id: approval.subject,
    status: approval.status,
    digest: approval.digest,
    maker: { person: maker.person, key_id: maker.keyId },
    approvers_needed: approval.approvers,
    decisions: approval.decisions.map(({ person, keyId, verdict, reason, at }) => ({
      person,
      key_id: keyId,
      decision: verdict,
      reason,
      at,
    })),
    policy_version: approval.policyVersion,
    asked: {
      payment_count: asked.count,
      totals_minor: asked.totals,
      largest: asked.largest.map(lineView),
      new_count: asked.newCount,
      new: asked.new.map(lineView),
      change: asked.change ?? null,
    },
    created_at: approval.createdAt,
    lapses_at: approval.lapsesAt,
    ended_at: approval.endedAt ?? null,
  };
}

const lineView = ({ amount, ...rest }: AskedLine) => ({ ...rest, amount_minor: amount });
