import { z } from 'zod';
import type { TransactItem } from '../aws/transact.ts';
import { digits, entity, fields, type Item, json, named, text } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import type { Unit } from '../kernel/money.ts';
import type { KeyId } from '../kernel/principal.ts';
import {
  type Actor,
  APPROVAL_KINDS,
  APPROVAL_STATUSES,
  type Approval,
  type ApprovalId,
  type ApprovalNeed,
  type Asked,
  type AskedLine,
  type Decision,
} from './approval.ts';
import { type ApprovalPolicy, type ApprovalRule, RULE_KINDS } from './approval-policy.ts';
import type { ApprovalWrite, Backfill } from './approval-ports.ts';

/**
 * How approvals are stored in the table of access:
 *
 *     pk APPROVAL#<id>  sk APPROVAL           gsi1 APPROVAL: all, newest first
 *                                             gsi2, sparse, WAITING: those that wait, by the time when they lapse
 *     pk POLICY         sk APPROVALS          the current rules
 *     pk POLICY         sk APPROVALS#000001   each version of them, never changed
 *     pk KNOWN#<hmac>   sk KNOWN              a payee or an account that was paid, written once
 *     pk BACKFILL       sk <source>           how far the search for those paid before the rules has come
 */
export const approvalKey = (id: ApprovalId) => ({ pk: `APPROVAL#${id}`, sk: 'APPROVAL' });
export const policyKey = (version?: number) => ({
  pk: 'POLICY',
  sk: version === undefined ? 'APPROVALS' : `APPROVALS#${String(version).padStart(6, '0')}`,
});
export const knownKey = (hmac: string) => ({ pk: `KNOWN#${hmac}`, sk: 'KNOWN' });
export const backfillKey = (source: string) => ({ pk: 'BACKFILL', sk: source });
export const ALL_APPROVALS = 'APPROVAL';
export const WAITING = 'WAITING';

const actor = { person: text(), keyId: text<KeyId>(), keyName: text() };
const decisions = z.array(
  fields<Decision>({ ...actor, verdict: z.enum(['approve', 'reject']), reason: text(), at: text() }),
);
const lines = z.array(
  fields<AskedLine>({ name: text(), payee: text(), account: text(), amount: text(), currency: text() }),
);
const asked = fields<Asked>({
  count: z.int(),
  totals: z.record(z.string(), z.string()),
  largest: lines,
  newCount: z.int(),
  new: lines,
  change: z.unknown().optional(),
});

const need = {
  id: text<ApprovalId>(),
  maker: fields<Actor>(actor),
  beneficiary: text().optional(),
  approvers: z.int(),
  lapsesAfterHours: z.number(),
  policyVersion: z.int(),
};
/** One attribute of the item of a subject. */
export const approvalNeed = json(fields<ApprovalNeed>(need));

export const { encode: approvalItem, decode: approvalOfItem } = entity(
  fields<Approval>({
    ...need,
    kind: z.enum(APPROVAL_KINDS),
    subject: text(),
    digest: text(),
    asked: json(asked),
    status: z.enum(APPROVAL_STATUSES),
    decisions: json(decisions),
    createdAt: text(),
    lapsesAt: text(),
    endedAt: text().optional(),
    version: z.int(),
  }),
  ({ id, createdAt, lapsesAt, status }) => ({
    ...approvalKey(id),
    gsi1pk: ALL_APPROVALS,
    gsi1sk: `${createdAt}#${id}`,
    ...(status === 'waiting' ? { gsi2pk: WAITING, gsi2sk: `${lapsesAt}#${id}` } : {}),
  }),
);

export const approvalRule = fields<ApprovalRule>({
  kind: z.enum(RULE_KINDS),
  currency: text<Unit>().optional(),
  totalFrom: digits().optional(),
  largestFrom: digits().optional(),
  newPayee: z.boolean().optional(),
  approvers: z.int(),
  lapsesAfterHours: z.number(),
});
export const { encode: policyItem, decode: policyOfItem } = entity(
  fields<ApprovalPolicy>({
    version: z.int(),
    rules: json(z.array(approvalRule)),
    heldSince: text().optional(),
    changedAt: text().optional(),
    changedBy: text().optional(),
  }),
);

export const { encode: backfillItem, decode: backfillOf } = entity(
  fields<Backfill>({
    source: named('sk', text()),
    since: text(),
    cursor: text().optional(),
    isDone: z.boolean(),
  }),
  ({ source }) => backfillKey(source),
);

type NamedPuts = Readonly<Record<string, Pick<TransactItem, 'Put'>>>;

class Puts implements ApprovalWrite {
  readonly puts: NamedPuts;

  constructor(puts: NamedPuts) {
    this.puts = puts;
  }

  get items(): string[] {
    return Object.values(this.puts).map(({ Put }) => `${Put?.TableName} ${Put?.Item?.pk} ${Put?.Item?.sk}`);
  }
}

export const approvalWrite = (puts: NamedPuts): ApprovalWrite => new Puts(puts);

/** The items of the change by name, for the transaction of another domain. */
export function approvalPuts(change: ApprovalWrite): NamedPuts {
  invariant(change instanceof Puts, 'every change of an approval is made here');
  return change.puts;
}

/** An item on condition that the stored version is the one before it. */
export const nextVersion = (TableName: string, item: Item, before: number): Pick<TransactItem, 'Put'> => ({
  Put: {
    TableName,
    Item: item,
    ConditionExpression: before === 0 ? 'attribute_not_exists(pk)' : '#version = :version',
    ...(before === 0
      ? {}
      : {
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': before },
        }),
  },
});
