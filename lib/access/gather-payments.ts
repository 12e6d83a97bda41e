import { z } from 'zod';
import { digits, fields, text, trusted } from '../kernel/codec.ts';
import type { Unit } from '../kernel/money.ts';
import { type Approval, type ApprovalNeed, type Asked, askedOf, mergedAsked } from './approval.ts';
import {
  type AskedPayment,
  type Figures,
  type FiguresByUnit,
  figuresOf,
  metBy,
  type RuleKind,
} from './approval-policy.ts';
import type { GateDeps } from './approval-ports.ts';
import { needOf, newAmong } from './ask-approval.ts';

/** What rules and approvers look at, of payments that are read part by part: a file has too many to hold them. */
export type Gathered = { readonly figures: FiguresByUnit; readonly asked: Asked };

const figuresOfUnit = fields<Figures & { readonly unit: Unit }>({
  unit: text<Unit>(),
  total: digits(),
  largest: digits(),
  hasNew: z.boolean(),
});

/** As JSON. */
export const gathered = fields<Gathered>({
  figures: z.codec(z.array(figuresOfUnit), trusted<FiguresByUnit>(), {
    decode: (stored) => new Map(stored.map(({ unit, ...figures }) => [unit, figures])),
    encode: (figures) => [...figures].map(([unit, of]) => ({ unit, ...of })),
  }),
  asked: trusted<Asked>(),
});

/** Adds payments. It looks payees up only if there is a rule of the kind. */
export async function gather(
  deps: GateDeps,
  kind: RuleKind,
  before: Gathered | undefined,
  payments: readonly AskedPayment[],
): Promise<Gathered> {
  const { rules } = await deps.approvalPolicy();
  const isNew = rules.some((rule) => rule.kind === kind) ? await newAmong(deps, payments) : () => false;
  const asked = askedOf(payments, isNew);
  return {
    figures: figuresOf(payments, isNew, before?.figures),
    asked: before ? mergedAsked(before.asked, asked) : asked,
  };
}

/** What gathered payments need before they may be sent. @returns undefined if they meet no rule */
export async function approvalNeededOf(
  deps: GateDeps,
  kind: RuleKind,
  { figures }: Gathered,
  id: () => Approval['id'],
): Promise<ApprovalNeed | undefined> {
  const policy = await deps.approvalPolicy();
  return needOf(deps, { met: metBy(policy, kind, figures), version: policy.version }, id);
}
