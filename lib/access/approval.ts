import { createHash } from 'node:crypto';
import { invariant } from '../kernel/errors.ts';
import { generatedId } from '../kernel/id.ts';
import type { KeyId, Principal } from '../kernel/principal.ts';
import type { AskedPayment, Needed } from './approval-policy.ts';

export type ApprovalId = string & { readonly __brand: 'ApprovalId' };
const ids = generatedId<ApprovalId>('apr');
export const APPROVAL_ID = ids.pattern;
export const approvalIdOf = ids.parse;
export const newApprovalId = ids.from;

export const APPROVAL_KINDS = ['batch', 'withdrawal', 'deny_list_removal', 'key', 'policy'] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/**
 * - `waiting`: not all approvers have approved.
 * - `approved`: what was asked for is permitted. The same transaction has permitted it.
 * - `rejected`: one person has refused it.
 * - `lapsed`: not all approvers have decided in time.
 * - `cancelled`: what waits for it was cancelled.
 */
export const APPROVAL_STATUSES = ['waiting', 'approved', 'rejected', 'lapsed', 'cancelled'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];
export type ApprovalEnd = Exclude<ApprovalStatus, 'waiting'>;

/** Every legal move; the store refuses all others. */
export const APPROVAL_TRANSITIONS = {
  waiting: ['waiting', 'approved', 'rejected', 'lapsed', 'cancelled'],
  approved: [],
  rejected: [],
  lapsed: [],
  cancelled: [],
} as const satisfies Record<ApprovalStatus, readonly ApprovalStatus[]>;

/** A person, and the key with which the person acted. */
export type Actor = { readonly person: string; readonly keyId: KeyId; readonly keyName: string };

export type Verdict = 'approve' | 'reject';
export type Decision = Actor & { readonly verdict: Verdict; readonly reason: string; readonly at: string };

/** What an approver sees of the content. Accounts show their last characters only. Amounts are minor units. */
export type Asked = {
  readonly count: number;
  readonly totals: Readonly<Record<string, string>>;
  readonly largest: readonly AskedLine[];
  /** How many payments are to a payee, or to an account, that was never paid; the first of them. */
  readonly newCount: number;
  readonly new: readonly AskedLine[];
  /** Other facts, such as the scopes of a key. */
  readonly change?: unknown;
};
export type AskedLine = {
  readonly name: string;
  readonly payee: string;
  readonly account: string;
  readonly amount: string;
  readonly currency: string;
};

/** What the subject stores until its approval is stored, so that a repeated request asks for the same. */
export type ApprovalNeed = Needed & {
  readonly id: ApprovalId;
  readonly maker: Actor;
  /** Another person who cannot decide: the one whom a key is for. */
  readonly beneficiary?: string | undefined;
  readonly policyVersion: number;
};

export type Approval = ApprovalNeed & {
  readonly kind: ApprovalKind;
  /** The id of the batch, withdrawal, key ... */
  readonly subject: string;
  /** SHA-256 of the content. The decision holds for this content only. */
  readonly digest: string;
  readonly asked: Asked;
  readonly status: ApprovalStatus;
  readonly decisions: readonly Decision[];
  readonly createdAt: string;
  readonly lapsesAt: string;
  readonly endedAt?: string | undefined;
  /** Each change is written on condition that the stored version is the one before it. */
  readonly version: number;
};

export const actorOf = ({ person, keyId, name }: Principal): Actor => ({ person, keyId, keyName: name });

/** @param parts identify the content, and who asks for it if one subject can be asked for several times */
export const approvalIdFor = (kind: ApprovalKind, ...parts: readonly string[]) => ids.derive(kind, ...parts);

/** What an approval is bound to. @param parts all of the content, or a digest of it */
export function contentDigest(kind: ApprovalKind, ...parts: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest('hex');
}

const HOUR_MS = 3_600_000;

export function newApproval(
  need: ApprovalNeed,
  content: Pick<Approval, 'kind' | 'subject' | 'digest' | 'asked'>,
  now: number,
): Approval {
  return {
    ...need,
    ...content,
    status: 'waiting',
    decisions: [],
    createdAt: new Date(now).toISOString(),
    lapsesAt: new Date(now + need.lapsesAfterHours * HOUR_MS).toISOString(),
    version: 1,
  };
}

export const hasLapsed = ({ lapsesAt }: Approval, now: number) => Date.parse(lapsesAt) <= now;

/** Why this person cannot decide, if so. */
export type Refused = 'ended' | 'maker' | 'beneficiary' | 'decided_before' | 'other_content';

/** @param digest of the content that the person saw; rejecting needs none */
export function whyNot(
  approval: Approval,
  by: Actor,
  verdict: Verdict,
  digest: string | undefined,
): Refused | undefined {
  if (approval.status !== 'waiting') return 'ended';
  if (by.person === approval.maker.person) return 'maker';
  if (by.person === approval.beneficiary) return 'beneficiary';
  if (approval.decisions.some(({ person }) => person === by.person)) return 'decided_before';
  if (verdict === 'approve' && digest !== approval.digest) return 'other_content';
  return undefined;
}

/** The approval after a decision that is not refused. */
export function decided(approval: Approval, decision: Decision): Approval {
  const decisions = [...approval.decisions, decision];
  const next = { ...approval, decisions, version: approval.version + 1 };
  if (decision.verdict === 'reject') return ended(next, 'rejected', decision.at);
  const approved = new Set(decisions.map(({ person }) => person)).size;
  return approved >= approval.approvers ? ended(next, 'approved', decision.at) : next;
}

/** The approval after an end that no decision caused. */
export function endedAs(status: 'lapsed' | 'cancelled', approval: Approval, now: number): Approval {
  return ended({ ...approval, version: approval.version + 1 }, status, new Date(now).toISOString());
}

function ended(approval: Approval, status: ApprovalEnd, endedAt: string): Approval {
  const legal: readonly ApprovalStatus[] = APPROVAL_TRANSITIONS[approval.status];
  invariant(legal.includes(status), `no transition of approval ${approval.id} from ${approval.status} to ${status}`);
  return { ...approval, status, endedAt };
}

const MAX_LINES = 10;

export function askedOf(payments: readonly AskedPayment[], isNew: (payment: AskedPayment) => boolean): Asked {
  const totals = new Map<string, bigint>();
  for (const { money } of payments) totals.set(money.currency, (totals.get(money.currency) ?? 0n) + money.minor);
  const largest = [...payments].sort((a, b) => (a.money.minor < b.money.minor ? 1 : -1));
  const news = payments.filter(isNew);
  return {
    count: payments.length,
    totals: Object.fromEntries([...totals].map(([currency, minor]) => [currency, `${minor}`])),
    largest: largest.slice(0, MAX_LINES).map(lineOf),
    newCount: news.length,
    new: news.slice(0, MAX_LINES).map(lineOf),
  };
}

/** Of two parts of the same content. */
export function mergedAsked(one: Asked, other: Asked): Asked {
  const totals = new Map(Object.entries(one.totals));
  for (const [unit, minor] of Object.entries(other.totals))
    totals.set(unit, `${BigInt(totals.get(unit) ?? 0n) + BigInt(minor)}`);
  const largest = [...one.largest, ...other.largest].sort((a, b) => (BigInt(a.amount) < BigInt(b.amount) ? 1 : -1));
  return {
    count: one.count + other.count,
    totals: Object.fromEntries(totals),
    largest: largest.slice(0, MAX_LINES),
    newCount: one.newCount + other.newCount,
    new: [...one.new, ...other.new].slice(0, MAX_LINES),
  };
}

const lineOf = ({ name, payee, shownAccount, money }: AskedPayment): AskedLine => ({
  name,
  payee,
  account: shownAccount,
  amount: `${money.minor}`,
  currency: money.currency,
});
