import type { ApprovalDeps } from '../access/approval-ports.ts';
import { dynamoApprovals, dynamoPolicies } from '../access/dynamo-approvals.ts';
import { keyApprovals } from '../access/key-approvals.ts';
import { policyApprovals } from '../access/set-policy.ts';
import type { Config } from '../config.ts';
import { batchApprovals } from '../payouts/approve-batch.ts';
import { machine } from '../runtime.ts';
import { withdrawalApprovals } from '../withdrawals/approve-withdrawal.ts';
import { removalApprovals } from '../withdrawals/deny-list.ts';
import { accessDeps, accessTables } from './access.ts';
import { caller, type Of } from './outside.ts';
import { payoutDeps } from './payouts.ts';
import { withdrawalDeps } from './withdrawals.ts';

export function approvalDeps(
  settings: Config,
  outside: Of<'dynamo' | 'queues' | 'bank' | 'chain' | 'groups' | 'secrets'>,
  runtime = machine,
): ApprovalDeps {
  const tables = accessTables(settings);
  const own = {
    approvals: dynamoApprovals(outside.dynamo, tables),
    policies: dynamoPolicies(outside.dynamo, tables),
    ...runtime,
    ...caller,
  };
  const withdrawals = withdrawalDeps(settings, outside, runtime);
  const subjects = {
    batch: batchApprovals(payoutDeps(settings, outside, runtime)),
    withdrawal: withdrawalApprovals(withdrawals),
    deny_list_removal: removalApprovals(withdrawals),
    key: keyApprovals(accessDeps(settings, outside, runtime)),
    policy: policyApprovals(own),
  };
  return { ...own, subjects };
}
