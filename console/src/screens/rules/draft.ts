import type { ApprovalRule, Input } from '../../../../client/index.ts';
import { minorOf, plainAmount } from '../../format.ts';

/** A rule while it is edited: texts of fields. Amounts are in major units. */
export type Draft = {
  /** Only for the list on the screen. */
  readonly key: string;
  readonly kind: ApprovalRule['kind'];
  readonly currency: string;
  readonly total: string;
  readonly largest: string;
  readonly newPayee: boolean;
  readonly approvers: string;
  readonly hours: string;
};

export const NEW_RULE = (): Draft => ({
  ...{ key: crypto.randomUUID(), kind: 'batch', currency: '', total: '', largest: '' },
  ...{ newPayee: false, approvers: '1', hours: '24' },
});

export function draftOf(rule: ApprovalRule): Draft {
  const { kind, currency, new_payee: newPayee } = rule;
  const plain = (amount_minor: string | null) =>
    amount_minor === null || currency === null ? '' : plainAmount({ amount_minor, currency });
  return {
    ...{ key: crypto.randomUUID(), kind, newPayee, currency: currency ?? '' },
    ...{ total: plain(rule.total_from_minor), largest: plain(rule.largest_from_minor) },
    ...{ approvers: `${rule.approvers}`, hours: `${rule.lapses_after_hours}` },
  };
}

/** Undefined: there is none, or it is not valid. */
export const minorIn = (text: string, { currency }: Pick<Draft, 'currency'>): string | undefined =>
  text.trim() === '' ? undefined : minorOf(text, currency)?.toString();

/** The service checks the rest. */
export const isValid = (draft: Draft): boolean =>
  [draft.total, draft.largest].every((text) => text.trim() === '' || minorIn(text, draft) !== undefined);

type RuleRequest = Input<'setApprovalPolicy'>['body']['rules'][number];

export function ruleOf(draft: Draft): RuleRequest {
  const { kind, currency, newPayee, approvers, hours } = draft;
  const counts = { approvers: Number(approvers), lapses_after_hours: Number(hours) };
  if (kind === 'deny_list_removal') return { kind, ...counts };
  const total = minorIn(draft.total, draft);
  const largest = minorIn(draft.largest, draft);
  return {
    kind,
    ...(currency ? { currency } : {}),
    ...(total ? { total_from_minor: total } : {}),
    ...(largest ? { largest_from_minor: largest } : {}),
    ...(newPayee ? { new_payee: true } : {}),
    ...counts,
  };
}

/** As the service would answer with it. */
export function shownOf(draft: Draft): ApprovalRule {
  const { kind, currency, total_from_minor, largest_from_minor, new_payee = false } = ruleOf(draft);
  return {
    ...{ kind, currency: currency ?? null, new_payee },
    ...{ total_from_minor: total_from_minor ?? null, largest_from_minor: largest_from_minor ?? null },
    ...{ approvers: Number(draft.approvers), lapses_after_hours: Number(draft.hours) },
  };
}
