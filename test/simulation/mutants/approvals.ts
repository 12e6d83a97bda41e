import type { Mutant } from './mutant.ts';

/** The store itself refuses to start a batch that waits for its approval. */
const MAY_START_UNAPPROVED = {
  file: 'lib/payouts/batch.ts',
  code: "awaiting_approval: ['created', 'scheduled', 'rejected', 'cancelling'],",
  becomes: "awaiting_approval: ['created', 'scheduled', 'rejected', 'cancelling', 'in_progress'],",
} as const;

/** Approvals. */
export const approvals: readonly Mutant[] = [
  {
    name: 'an approval is of any content',
    domain: 'approvals',
    file: 'lib/access/approval.ts',
    code: "if (verdict === 'approve' && digest !== approval.digest) return 'other_content';",
    becomes: '',
  },
  {
    name: 'a maker approves an own batch',
    domain: 'approvals',
    file: 'lib/access/approval.ts',
    code: "if (by.person === approval.maker.person) return 'maker';",
    becomes: '',
  },
  {
    name: 'a person approves twice',
    domain: 'approvals',
    file: 'lib/access/approval.ts',
    code: 'const approved = new Set(decisions.map(({ person }) => person)).size;',
    becomes: 'const approved = decisions.length + 1;',
  },
  {
    name: 'a batch is started before it is approved',
    domain: 'approvals',
    file: 'lib/payouts/batch.ts',
    code: "const STARTABLE = ['created',",
    becomes: "const STARTABLE = ['created', 'awaiting_approval' as 'created',",
    and: [MAY_START_UNAPPROVED],
  },
  {
    name: 'recovery starts a batch before it is approved',
    domain: 'approvals',
    file: 'lib/payouts/recover-batches.ts',
    code: "    case 'created':",
    becomes: "    case 'awaiting_approval' as 'created':\n    case 'created':",
    and: [
      MAY_START_UNAPPROVED,
      {
        file: 'lib/payouts/dynamo-batch-items.ts',
        code: 'batch.autoStart && !batch.approval',
        becomes: 'batch.autoStart',
      },
    ],
  },
  {
    name: 'a rejected batch keeps its part of the daily limit',
    domain: 'approvals',
    file: 'lib/payouts/dynamo-batch-creation.ts',
    code: 'return moveWith({ approval, events: [event], back: released?.back }, id,',
    becomes: 'return moveWith({ approval, events: [event] }, id,',
  },
  {
    name: 'a withdrawal is sent before it is approved',
    domain: 'approvals',
    file: 'lib/withdrawals/withdrawal.ts',
    code: "status: own.approvalId === undefined ? 'PENDING' : 'AWAITING_APPROVAL',",
    becomes: "status: 'PENDING',",
  },
  {
    name: 'the hold of a rejected withdrawal is kept',
    domain: 'approvals',
    file: 'lib/withdrawals/write-change.ts',
    code: "const isReleased = after.status === 'FAILED' || after.status === 'REJECTED';",
    becomes: "const isReleased = after.status === 'FAILED';",
  },
  {
    name: 'the hold of a rejected withdrawal is released with each rejection',
    domain: 'approvals',
    file: 'lib/access/approval.ts',
    code: "if (approval.status !== 'waiting') return 'ended';",
    becomes: "if (approval.status === 'approved') return 'ended';",
    and: [
      {
        file: 'lib/access/dynamo-approvals.ts',
        code: "invariant(before.status === 'waiting' && after.version === before.version + 1, 'only a waiting approval changes');",
        becomes: '',
      },
      {
        file: 'lib/withdrawals/approve-withdrawal.ts',
        code: "if (before?.status !== 'AWAITING_APPROVAL') return false;",
        becomes: "if (before?.status !== 'AWAITING_APPROVAL' && before?.status !== 'REJECTED') return false;",
      },
    ],
  },
  {
    name: 'a denied address is allowed when its removal is asked for',
    domain: 'approvals',
    file: 'lib/withdrawals/deny-list.ts',
    code: 'if (needed) return askToAllow(deps, before, needed);',
    becomes: '',
  },
  {
    name: 'an approved removal does not remove the address',
    domain: 'approvals',
    file: 'lib/withdrawals/deny-list.ts',
    code: "return deps.denyList.remove(before, addressChanged(deps, 'address.allowed', before), decision);",
    becomes: 'return deps.approvals.write(decision);',
  },
  {
    name: 'a key that can decide is usable before it is approved',
    domain: 'approvals',
    file: 'lib/access/create-key.ts',
    code: '{ key: { ...key, awaits: approval.id }, secret }',
    becomes: '{ key, secret }',
  },
  {
    name: 'the person whom a key is for approves it',
    domain: 'approvals',
    file: 'lib/access/approval.ts',
    code: "if (by.person === approval.beneficiary) return 'beneficiary';",
    becomes: '',
  },
  {
    name: 'a higher limit holds before it is approved',
    domain: 'approvals',
    file: 'lib/access/change-key.ts',
    code: 'if (givesMore(before, after) && ',
    becomes: 'if (givesMore(before, before) && ',
  },
];
