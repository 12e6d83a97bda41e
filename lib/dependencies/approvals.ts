import { type Approval, approvalIdFor } from '../access/approval.ts';
import type { ApprovalDeps, ApprovalSubject, BackfillDeps } from '../access/approval-ports.ts';
import { dynamoApprovals, dynamoBackfills, dynamoKnownPayees, dynamoPolicies } from '../access/dynamo-approvals.ts';
import { keyApprovals } from '../access/key-approvals.ts';
import { policyApprovals } from '../access/set-policy.ts';
import type { Config } from '../config.ts';
import { batchApprovals } from '../payouts/approve-batch.ts';
import { dynamoPaidPayouts } from '../payouts/dynamo-paid.ts';
import { machine } from '../runtime.ts';
import { uploadApprovals } from '../uploads/approve-upload.ts';
import { withdrawalApprovals } from '../withdrawals/approve-withdrawal.ts';
import { removalApprovals } from '../withdrawals/deny-list.ts';
import { dynamoPaidWithdrawals } from '../withdrawals/dynamo-paid.ts';
import { accessDeps, accessTables } from './access.ts';
import { caller, type Of } from './outside.ts';
import { payoutDeps } from './payouts.ts';
import { uploadDeps } from './transactions.ts';
import { withdrawalDeps } from './withdrawals.ts';

export function approvalDeps(
  settings: Config,
  outside: Of<'dynamo' | 'queues' | 'bank' | 'chain' | 'groups' | 'secrets' | 'objects'>,
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
    batch: batchesAndUploads(
      batchApprovals(payoutDeps(settings, outside, runtime)),
      uploadApprovals(uploadDeps(settings, outside, runtime)),
    ),
    withdrawal: withdrawalApprovals(withdrawals),
    deny_list_removal: removalApprovals(withdrawals),
    key: keyApprovals(accessDeps(settings, outside, runtime)),
    policy: policyApprovals(own),
  };
  return { ...own, subjects };
}

export function backfillDeps(
  settings: Config,
  { dynamo, secrets }: Of<'dynamo' | 'secrets'>,
  { now } = machine,
): BackfillDeps {
  const tables = accessTables(settings);
  return {
    policies: dynamoPolicies(dynamo, tables),
    knownPayees: dynamoKnownPayees(dynamo, tables.access, secrets),
    backfills: dynamoBackfills(dynamo, tables.access),
    paid: {
      payouts: dynamoPaidPayouts(dynamo, settings.PAYOUTS_TABLE, secrets),
      withdrawals: dynamoPaidWithdrawals(dynamo, settings.WITHDRAWALS_TABLE, secrets),
    },
    now,
  };
}

/** An approval of kind `batch` is about one batch, or about all batches of an upload. */
function batchesAndUploads(batches: ApprovalSubject, uploads: ApprovalSubject): ApprovalSubject {
  const of = ({ id, subject }: Approval) => (id === approvalIdFor('batch', 'upload', subject) ? uploads : batches);
  return {
    conclude: (approval, change) => of(approval).conclude(approval, change),
    proceed: (approval) => of(approval).proceed(approval),
  };
}
