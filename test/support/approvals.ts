import { approvalIdFor } from '../../lib/access/approval.ts';
import type { ApprovalPolicy, ApprovalRule } from '../../lib/access/approval-policy.ts';
import type { ApprovalDeps } from '../../lib/access/approval-ports.ts';
import { type Deciding, decideApproval, readApproval } from '../../lib/access/decide-approval.ts';
import { within } from '../../lib/edge/context.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { KeyId, Principal } from '../../lib/kernel/principal.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { aPrincipal } from './http.ts';
import { BATCH } from './scenario.ts';

/** Every batch needs one approver within a day. */
export const EVERY_BATCH: ApprovalRule = { kind: 'batch', approvers: 1, lapsesAfterHours: 24 };

const keyOf = (person: string) => aPrincipal({ person, keyId: `key_${person}` as KeyId, name: `${person}'s key` });

/** Runs work as a request with a key of this person, or with this key. */
export const as = <Result>(by: string | Principal, work: () => Promise<Result>): Promise<Result> =>
  within({ requestId: 'a request', principal: typeof by === 'string' ? keyOf(by) : by }, work);

/** Stores rules in place of the current ones. */
export async function givenRules({ policies, approvals }: ApprovalDeps, ...rules: ApprovalRule[]): Promise<void> {
  const policy: ApprovalPolicy = { version: (await policies.read()).version + 1, rules };
  if (!(await approvals.write(policies.toReplace(policy)))) throw new Error('another writer changed the rules');
}

export const approvalOf = (id: BatchId = BATCH) => approvalIdFor('batch', id);

/** A decision of a person who has read the approval. An AppError is an answer. */
export async function decide(
  deps: ApprovalDeps,
  person: string,
  verdict: Deciding['verdict'],
  { id = approvalOf(), digest }: { id?: string; digest?: string } = {},
) {
  try {
    return await as(person, async () => {
      const seen = digest ?? (await readApproval(deps, id)).digest;
      return decideApproval(deps, id, { verdict, reason: `${person} has looked at it`, digest: seen });
    });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
