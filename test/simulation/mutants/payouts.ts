import type { Mutant } from './mutant.ts';

/** Batches and chunks. */
export const payouts: readonly Mutant[] = [
  {
    name: 'outcomes are written without the lease',
    domain: 'payouts',
    file: 'lib/payouts/dynamo-chunks.ts',
    code: "const MINE = 'lease_owner = :owner';",
    becomes: "const MINE = 'lease_owner = :owner OR attribute_exists(pk)';",
  },
  {
    name: 'a leased chunk is leased again',
    domain: 'payouts',
    file: 'lib/payouts/dynamo-chunks.ts',
    code: 'const abandoned = found.lease && found.lease.until <= now ? found.lease : undefined;',
    becomes: 'const abandoned = found.lease;',
  },
  {
    name: 'a batch counts as stopped though workers hold its chunks',
    domain: 'payouts',
    file: 'lib/payouts/complete-batch.ts',
    code: 'isLeased(chunk, now()) || mayStillArrive(chunk, now())',
    becomes: 'isLeased({}, now()) || mayStillArrive(chunk, now())',
  },
  {
    name: 'recovery finds nothing',
    domain: 'payouts',
    file: 'lib/payouts/recover-batches.ts',
    code: 'Promise.all([deps.batches.listOpen(), deps.batches.listDue(deps.now())])',
    becomes: 'Promise.all([deps.batches.listDue(deps.now())])',
  },
  {
    name: 'a chunk’s counters are off by one',
    domain: 'payouts',
    file: 'lib/payouts/chunk.ts',
    code: 'for (const { status } of payouts) counts[status] += 1;',
    becomes: 'for (const { status } of payouts.slice(1)) counts[status] += 1;',
  },
  {
    name: 'a batch is finished without its event',
    domain: 'payouts',
    file: 'lib/payouts/dynamo-batch-header.ts',
    code: '...Object.fromEntries(events.map((event) => [event.type, appendToOutbox(tables.events, event)])),',
    becomes: '',
  },
  {
    name: 'a batch is stopped while an abandoned call may arrive',
    domain: 'payouts',
    file: 'lib/payouts/chunk.ts',
    code: 'return counts.unknown > 0 && dueAt > now;',
    becomes: 'return counts.unknown > counts.unknown + dueAt + now;',
  },
  {
    name: 'unprocessed keys of a batch count as not found',
    domain: 'payouts',
    file: 'lib/aws/read.ts',
    code: 'return UnprocessedKeys[table]?.Keys ?? [];',
    becomes: 'return UnprocessedKeys[table]?.Keys?.slice(25) ?? [];',
  },
  {
    name: 'a message of an older run is processed',
    domain: 'payouts',
    file: 'lib/payouts/pay-chunk.ts',
    code: "if (batch.run !== run) return { result: 'dropped', why: 'older_run' };",
    becomes: '',
    and: [
      {
        file: 'lib/payouts/dynamo-chunks.ts',
        code: `#open = :true AND #run <= :run AND due_at <= :now\${isCurrent}`,
        becomes: `#open = :true AND (#run <= :run OR #run > :run) AND due_at <= :now\${isCurrent && ' AND (#rounds <= :round OR #rounds > :round)'}`,
      },
      { file: 'lib/payouts/fence.ts', code: ' && batch.run === run', becomes: '' },
    ],
  },
  {
    name: 'permanent failures are retried',
    domain: 'payouts',
    file: 'lib/payouts/payout.ts',
    code: "if (payout.status !== 'failed' || !payout.failure.retryable) return payout;",
    becomes: "if (payout.status !== 'failed') return payout;",
  },
  {
    name: 'Lambda stops the workers of payouts after 16 rounds',
    domain: 'payouts',
    file: 'functions/payouts/functions.yml',
    code: 'recursiveLoop: Allow',
    becomes: 'recursiveLoop: Terminate',
  },
];
