import type { Money, Unit } from '../kernel/money.ts';

/** What a rule can be about. Changes of keys and of the rules themselves always need another person. */
export const RULE_KINDS = ['batch', 'withdrawal', 'deny_list_removal'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** A request meets a rule if it meets all of the rule's conditions. A rule without conditions is met by every request of its kind. */
export type ApprovalRule = {
  readonly kind: RuleKind;
  /** Counts only payments in this currency or asset. Required for conditions on amounts. */
  readonly currency?: Unit | undefined;
  /** Minor units, from which the whole meets the rule. */
  readonly totalFrom?: bigint | undefined;
  /** Minor units, from which the largest payment meets the rule. */
  readonly largestFrom?: bigint | undefined;
  /** A payee or an account was never paid before. */
  readonly newPayee?: boolean | undefined;
  /** How many persons besides the maker have to approve. */
  readonly approvers: number;
  readonly lapsesAfterHours: number;
};

/** The rules of one version. They are stored whole, and never changed. */
export type ApprovalPolicy = {
  /** 0: there were never rules. */
  readonly version: number;
  readonly rules: readonly ApprovalRule[];
  /** When the first of the rules was set. Before this there were none. Absent in policies of an earlier version of the code. */
  readonly heldSince?: string | undefined;
  readonly changedAt?: string | undefined;
  readonly changedBy?: string | undefined;
};

/** How long a process uses the rules that it has read. */
export const POLICY_CACHED_MS = 10_000;

export const NO_POLICY: ApprovalPolicy = { version: 0, rules: [] };

/** One payment that a request asks for. */
export type AskedPayment = {
  /** The caller's name for it. */
  readonly name: string;
  readonly money: Money<Unit>;
  readonly payee: string;
  /** The account or address. It is never stored or shown. */
  readonly account: string;
  /** The account without all but its last characters. */
  readonly shownAccount: string;
};

/** What a request that meets rules needs: the strictest of them. */
export type Needed = { readonly approvers: number; readonly lapsesAfterHours: number };

export function asksForNewPayees({ rules }: ApprovalPolicy, kind?: RuleKind): boolean {
  return rules.some((rule) => rule.newPayee === true && (kind === undefined || rule.kind === kind));
}

/** What rules look at, of the payments in one currency or asset. */
export type Figures = { readonly total: bigint; readonly largest: bigint; readonly hasNew: boolean };
export type FiguresByUnit = ReadonlyMap<Unit, Figures>;

/** @param isNew whether a payment is to a payee or an account that was never paid */
export function figuresOf(
  payments: readonly AskedPayment[],
  isNew: (payment: AskedPayment) => boolean,
  before: FiguresByUnit = new Map(),
): FiguresByUnit {
  const figures = new Map(before);
  for (const payment of payments) {
    const { minor, currency } = payment.money;
    const { total, largest, hasNew } = figures.get(currency) ?? { total: 0n, largest: 0n, hasNew: false };
    figures.set(currency, {
      total: total + minor,
      largest: minor > largest ? minor : largest,
      hasNew: hasNew || isNew(payment),
    });
  }
  return figures;
}

/** The rules that a request meets. */
export function metBy({ rules }: ApprovalPolicy, kind: RuleKind, figures: FiguresByUnit): ApprovalRule[] {
  return rules.filter((rule) => rule.kind === kind && isMet(rule, figures));
}

export function neededBy(met: readonly ApprovalRule[]): Needed | undefined {
  if (met.length === 0) return undefined;
  return {
    approvers: Math.max(...met.map(({ approvers }) => approvers)),
    lapsesAfterHours: Math.min(...met.map(({ lapsesAfterHours }) => lapsesAfterHours)),
  };
}

function isMet({ currency, totalFrom, largestFrom, newPayee }: ApprovalRule, figures: FiguresByUnit): boolean {
  const counted = [...figures].flatMap(([unit, of]) => (currency === undefined || unit === currency ? [of] : []));
  if (figures.size > 0 && counted.length === 0) return false;
  const total = counted.reduce((sum, of) => sum + of.total, 0n);
  return (
    (totalFrom === undefined || total >= totalFrom) &&
    (largestFrom === undefined || counted.some(({ largest }) => largest >= largestFrom)) &&
    (newPayee !== true || counted.some(({ hasNew }) => hasNew))
  );
}
