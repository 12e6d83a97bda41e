import type { Mutant } from './mutant.ts';

/** The life of a payout: claims, schedules, cancels, returns. */
export const lifecycle: readonly Mutant[] = [
  {
    name: 'a claim is stored though another payout has it',
    domain: 'lifecycle',
    file: 'lib/payouts/dynamo-claims.ts',
    code: "{ ConditionExpression: 'stamp = :seen', ExpressionAttributeValues: { ':seen': seen.stamp } }",
    becomes: '{}',
    and: [
      {
        file: 'lib/payouts/dynamo-claims.ts',
        code: "{ ConditionExpression: 'attribute_not_exists(pk)' }",
        becomes: '{}',
      },
    ],
  },
  {
    name: 'the key of a payout that is in flight is free',
    domain: 'lifecycle',
    file: 'lib/payouts/claim.ts',
    code: 'return status === undefined || (isUnpaid({ status }) && chunkRun >= claim.run);',
    becomes: "return status !== 'completed' || (isUnpaid({ status }) && chunkRun >= claim.run);",
  },
  {
    name: 'the key of a failed payout is never free',
    domain: 'lifecycle',
    file: 'lib/payouts/payout.ts',
    code: "return status === 'failed' || status === 'cancelled' || status === 'returned';",
    becomes: "return status === 'cancelled' || status === 'returned';",
  },
  {
    name: 'the key of a cancelled payout is never free',
    domain: 'lifecycle',
    file: 'lib/payouts/payout.ts',
    code: "return status === 'failed' || status === 'cancelled' || status === 'returned';",
    becomes: "return status === 'failed' || status === 'returned';",
  },
  {
    name: 'the keys of a batch that is being stored are free',
    domain: 'lifecycle',
    file: 'lib/payouts/store-payouts.ts',
    code: "if (isBeingStored(holder.batch)) return [nameOf(claim), 'being stored'];",
    becomes: '',
    and: [
      {
        file: 'lib/payouts/claim.ts',
        code: 'if (isBeingStored(batch)) return false;',
        becomes: 'if (isBeingStored(batch)) return true;',
      },
    ],
  },
  {
    name: 'retry-failed opens payouts whose keys others have',
    domain: 'lifecycle',
    file: 'lib/payouts/retry-failed.ts',
    code: "const taken = keys.find((each) => stateOf(each) !== 'free');",
    becomes: "const taken = keys.find((each) => stateOf(each) === 'being stored');",
  },
  {
    name: 'retry-failed opens payouts without their claims',
    domain: 'lifecycle',
    file: 'lib/payouts/retry-failed.ts',
    code: 'await deps.chunks.reopen(chunk, run, outcome, own)',
    becomes: 'await deps.chunks.reopen(chunk, run, outcome, own.slice(own.length))',
  },
  {
    name: 'sales are not claimed',
    domain: 'lifecycle',
    file: 'lib/payouts/store-payouts.ts',
    code: 'const isTaken = sales.length === 0 || (await deps.claims.take(sales));',
    becomes: 'const isTaken = true;',
  },
  {
    name: 'the second payout with a key in a request is stored too',
    domain: 'lifecycle',
    file: 'lib/payouts/store-payouts.ts',
    code: 'mine.set(nameOf(key), payout.id);',
    becomes: '',
  },
  {
    name: 'a refused batch is not discarded',
    domain: 'lifecycle',
    file: 'lib/payouts/create-batch.ts',
    code: 'await discardBatch(deps, stored.batch, stored.taken);',
    becomes: '',
  },
  {
    name: 'recovery leaves abandoned creations',
    domain: 'lifecycle',
    file: 'lib/payouts/recover-batches.ts',
    code: 'if (batch.claims && isStale(batch.creatorUntil)) await discardBatch(deps, batch);',
    becomes: '',
  },
  {
    name: 'recovery leaves batches that are being discarded',
    domain: 'lifecycle',
    file: 'lib/payouts/recover-batches.ts',
    code: "    case 'discarding':\n      return discardBatch(deps, batch);",
    becomes: "    case 'discarding':\n      return;",
  },
  {
    name: 'a discarded batch keeps its payouts',
    domain: 'lifecycle',
    file: 'lib/payouts/discard-batch.ts',
    code: 'await deps.chunks.remove(batchId, number);',
    becomes: '',
  },
  {
    name: 'a batch has the total of its request, with duplicates',
    domain: 'lifecycle',
    file: 'lib/payouts/create-batch.ts',
    code: 'total: batch.total - duplicates.length,',
    becomes: 'total: batch.total,',
  },
  {
    name: 'a scheduled batch starts before its time',
    domain: 'lifecycle',
    file: 'lib/payouts/start-batch.ts',
    code: 'if (!isScheduled(batch) || !isDue(batch, deps.now())) return;',
    becomes: 'if (!isScheduled(batch)) return;',
    and: [
      {
        file: 'lib/payouts/recover-batches.ts',
        code: 'deps.batches.listDue(deps.now())',
        becomes: 'deps.batches.listDue(deps.now() + 60_000)',
      },
    ],
  },
  {
    name: 'a batch starts at a time that was changed',
    domain: 'lifecycle',
    file: 'lib/payouts/dynamo-batch-runs.ts',
    code: '#start_at = :due`',
    becomes: '(#start_at = :due OR attribute_exists(pk))`',
  },
  {
    name: 'a scheduled batch starts twice',
    domain: 'lifecycle',
    file: 'lib/payouts/dynamo-batch-runs.ts',
    code: `const when = { from: [status], add: { run: 1 }, ...current, when: \`\${current.when}\${followed.when}\` };`,
    becomes:
      "const when = { from: [status, ...(isScheduled(before) ? (['in_progress'] as never[]) : [])], add: { run: 1 }, ...current, when: '(#run = :current OR #run > :current)' };",
    and: [
      {
        file: 'lib/payouts/batch.ts',
        code: "in_progress: ['stopping',",
        becomes: "in_progress: ['in_progress', 'stopping',",
      },
    ],
  },
  {
    name: 'recovery starts no scheduled batch',
    domain: 'lifecycle',
    file: 'lib/payouts/recover-batches.ts',
    code: 'Promise.all([deps.batches.listOpen(), deps.batches.listDue(deps.now())])',
    becomes: 'Promise.all([deps.batches.listOpen()])',
  },
  {
    name: 'workers do not see that their batch is cancelled',
    domain: 'lifecycle',
    file: 'lib/payouts/fence.ts',
    code: "return batch.status === 'in_progress' && batch.run === run;",
    becomes: "return batch.status === 'cancelling' || (batch.status === 'in_progress' && batch.run === run);",
    and: [
      {
        file: 'lib/payouts/fence.ts',
        code: "isBatchCancelled ||= batch.status === 'cancelling';",
        becomes: 'isBatchCancelled ||= false;',
      },
    ],
  },
  {
    name: 'workers do not see that a payout is cancelled',
    domain: 'lifecycle',
    file: 'lib/payouts/fence.ts',
    code: 'if (batch.cancels > cancels) {',
    becomes: 'if (batch.cancels < cancels) {',
  },
  {
    name: 'a payout that a worker holds is cancelled at once',
    domain: 'lifecycle',
    file: 'lib/payouts/cancel-payout.ts',
    code: '!isEnded && !chunk.lease && isUnsent(payout)',
    becomes: '!isEnded && isUnsent(payout)',
    and: [
      {
        file: 'lib/payouts/dynamo-chunks.ts',
        code: `\`attribute_not_exists(lease_owner) AND \${same}\``,
        becomes: 'same',
      },
    ],
  },
  {
    name: 'an unknown payout is cancelled at once',
    domain: 'lifecycle',
    file: 'lib/payouts/payout.ts',
    code: "return (payout.status === 'pending' || payout.status === 'retrying') && !payout.unanswered;",
    becomes: 'return !isTerminal(payout);',
  },
  {
    name: 'a cancelled payout is not looked up',
    domain: 'lifecycle',
    file: 'lib/rail/attempt.ts',
    code: 'if (!underEpoch && !mustLookUpFirst(work)) return cancelled();',
    becomes: 'if (work.attempt.attempts >= 0) return cancelled();',
  },
  {
    name: 'a cancelled batch is retried',
    domain: 'lifecycle',
    file: 'lib/payouts/payout.ts',
    code: "if (payout.status !== 'failed' || !payout.failure.retryable) return payout;",
    becomes:
      "if (payout.status === 'cancelled') return { ...payout, status: 'retrying', failure: { code: '', message: '', retryable: true } } as Payout;\n  if (payout.status !== 'failed' || !payout.failure.retryable) return payout;",
  },
  {
    name: 'recovery applies no return that waits',
    domain: 'lifecycle',
    file: 'lib/payouts/recover-notifications.ts',
    code: 'return found.items;',
    becomes: 'return found.items.slice(found.items.length);',
  },
  {
    name: 'a return is applied while a worker holds the chunk',
    domain: 'lifecycle',
    file: 'lib/payouts/notification.ts',
    code: "if (!chunk.lease) return { kind: 'apply' };",
    becomes: "return { kind: 'apply' };",
    and: [
      {
        file: 'lib/payouts/dynamo-chunk-updates.ts',
        code: 'attribute_not_exists(lease_owner) AND n_completed = :completed_as_read',
        becomes: 'n_completed = :completed_as_read',
      },
      // The worker’s totals are of the payouts that it has read.
      {
        file: 'lib/payouts/dynamo-chunks.ts',
        code: `const fenced = \`\${condition} AND \${asRead.condition}\`;`,
        becomes: 'const fenced = condition;',
      },
      {
        file: 'lib/payouts/dynamo-chunks.ts',
        code: 'values: { ...change.values, ...asRead.values },',
        becomes: 'values: { ...change.values },',
      },
    ],
  },
  {
    name: 'a return that comes before the payout is completed is lost',
    domain: 'lifecycle',
    file: 'lib/payouts/notification.ts',
    code: 'if (isTerminal(payout)) {',
    becomes: "if (!isTerminal(payout)) return misfit('NOT_PAID');\n  if (isTerminal(payout)) {",
  },
];
