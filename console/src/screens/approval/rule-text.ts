import type { ApprovalRule } from '../../../../client/index.ts';
import { formatMoney } from '../../format.ts';
import { nameOf } from '../../parts/status.tsx';

/** `batch, together at least IDR 5,000.00: 1 other person within 24 h` */
export function ruleText(rule: ApprovalRule): string {
  const { currency, total_from_minor: total, largest_from_minor: largest } = rule;
  const conditions = [
    nameOf(rule.kind),
    ...(currency && total ? [`together at least ${formatMoney({ currency, amount_minor: total })}`] : []),
    ...(currency && largest ? [`one of at least ${formatMoney({ currency, amount_minor: largest })}`] : []),
    ...(currency && !total && !largest ? [`in ${currency}`] : []),
    ...(rule.new_payee ? ['to a payee or an account that was never paid'] : []),
  ];
  const persons = rule.approvers === 1 ? '1 other person' : `${rule.approvers} other persons`;
  return `${conditions.join(', ')}: ${persons} within ${rule.lapses_after_hours} h`;
}
