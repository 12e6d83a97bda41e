/**
 * The guards that the simulator has to miss: each mutant is the code without one of them. `npm run simulate:mutants` runs
 * every one until a seed catches it; one that no seed catches shows where the simulation is too narrow.
 */
export type Mutant = {
  readonly name: string;
  readonly domain: 'payouts' | 'withdrawals' | 'wallets' | 'orders';
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly code: string;
  readonly becomes: string;
};

export const MUTANTS: readonly Mutant[] = [
  // What all instructions have in common.
  {
    name: 'payouts are sent again without asking',
    domain: 'payouts',
    file: 'lib/instructions/attempt.ts',
    code: 'return tookOver || unanswered;',
    becomes: 'return false;',
  },
  {
    name: 'withdrawals are sent again without asking',
    domain: 'withdrawals',
    file: 'lib/instructions/attempt.ts',
    code: 'return tookOver || unanswered;',
    becomes: 'return false;',
  },
  {
    name: 'an abandoned lease is forgotten',
    domain: 'payouts',
    file: 'lib/instructions/attempt.ts',
    code: 'return tookOver || unanswered;',
    becomes: 'return unanswered;',
  },
  {
    name: 'never seen is believed right after a call',
    domain: 'payouts',
    file: 'lib/instructions/pacing.ts',
    code: 'const atLeastMs = isUnknown ? policy.lateCallMs : 0;',
    becomes: 'const atLeastMs = 0;',
  },
  {
    name: 'a new reference after a call that never arrived',
    domain: 'payouts',
    file: 'lib/instructions/attempt.ts',
    code: 'if (unanswered) return reference;',
    becomes: '',
  },
  {
    name: 'a refusal without a new reference',
    domain: 'withdrawals',
    file: 'lib/instructions/attempt.ts',
    code: 'Number(reference.slice(at + 1)) + 1',
    becomes: 'Number(reference.slice(at + 1))',
  },
  {
    name: 'a call may outlast its lease',
    domain: 'withdrawals',
    file: 'lib/instructions/lease.ts',
    code: 'return now() + waitMs + bank.deadlineMs + policy.lateCallMs <= lease.until;',
    becomes: 'return true;',
  },
  {
    name: 'a permanent refusal is tried again',
    domain: 'payouts',
    file: 'lib/instructions/attempt.ts',
    code: 'return failure.retryable && attempt.attempts < maxAttempts',
    becomes: 'return true',
  },

  // Payouts.
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
    file: 'lib/payouts/settle-batch.ts',
    code: 'if (all.some((chunk) => isLeased(chunk, now()))) return;',
    becomes: 'isLeased({}, now());',
  },
  {
    name: 'recovery finds nothing',
    domain: 'payouts',
    file: 'lib/payouts/recover-batches.ts',
    code: 'for (const id of await deps.batches.listOpen()) {',
    becomes: 'for (const id of [] as Awaited<ReturnType<typeof deps.batches.listOpen>>) {',
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
    file: 'lib/payouts/dynamo-batches.ts',
    code: 'if (!event) return writtenBatch(await conditionalUpdate(client, write));',
    becomes: 'return writtenBatch(await conditionalUpdate(client, write));',
  },

  // Withdrawals.
  {
    name: 'a change of an older version is written',
    domain: 'withdrawals',
    file: 'lib/withdrawals/dynamo-withdrawals.ts',
    code: "ConditionExpression: '#version = :version',",
    becomes: "ConditionExpression: '#version >= :version OR #version < :version',",
  },
  {
    name: 'a withdrawal’s key is not remembered',
    domain: 'withdrawals',
    file: 'lib/withdrawals/dynamo-withdrawals.ts',
    code: 'key: rememberKey(table, keyed, withdrawal.id, now, keyLifeMs),',
    becomes: 'key: rememberKey(table, { ...keyed, key: withdrawal.id as never }, withdrawal.id, now, keyLifeMs),',
  },
  {
    name: 'what failed is not released',
    domain: 'withdrawals',
    file: 'lib/withdrawals/write-change.ts',
    code: "if (isHeld && after.status === 'FAILED') return release(deps, before, after, events);",
    becomes: '',
  },
  {
    name: 'a change is not told of',
    domain: 'withdrawals',
    file: 'lib/withdrawals/write-change.ts',
    code: 'const events = eventsOf(deps, before, after);',
    becomes: 'const events: ReturnType<typeof eventsOf> = [];',
  },
  {
    name: 'completed before it is deep enough is never looked at',
    domain: 'withdrawals',
    file: 'lib/withdrawals/withdrawal.ts',
    code: 'transaction.confirmations >= required',
    becomes: 'transaction.confirmations >= 0 * required',
  },
  {
    name: 'recovery of withdrawals finds nothing',
    domain: 'withdrawals',
    file: 'lib/withdrawals/recover-withdrawals.ts',
    code: 'const open = listed.filter(({ isDead }) => !isDead);',
    becomes: 'const open = listed.filter(() => false);',
  },

  // Wallets.
  {
    name: 'a debit takes one too little',
    domain: 'wallets',
    file: 'lib/wallets/wallet.ts',
    code: 'const balanceAfter = balanceOf(wallet, currency) + amount;',
    becomes: 'const balanceAfter = balanceOf(wallet, currency) + amount + (amount < 0n ? 1n : 0n);',
  },
  {
    name: 'a payment is concluded twice',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: "become(after, '#status = :pending', { ':pending': 'PENDING' })",
    becomes: "become(after, '#status <> :pending OR #status = :pending', { ':pending': 'PENDING' })",
  },
  {
    name: 'a payment’s key is not remembered',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: 'key: rememberKey(table, keyed, payment.id, Date.parse(payment.createdAt)),',
    becomes:
      'key: rememberKey(table, { ...keyed, key: payment.id as never }, payment.id, Date.parse(payment.createdAt)),',
  },
  {
    name: 'a time-out is taken for never seen',
    domain: 'wallets',
    file: 'lib/wallets/resolve-payment.ts',
    code: 'if (askedAt < payment.workedOnUntil + deps.policy.lateCallMs) return payment;',
    becomes: '',
  },
  {
    name: 'the gateway is sent the same again without asking',
    domain: 'wallets',
    file: 'lib/wallets/charge.ts',
    code: '      mustAsk = true;\n',
    becomes: '',
  },
  {
    name: 'what was declined is not told of',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: '        payment: conclude(payment),\n        ...postingItems(table, posted),\n        event: announce(outbox, event),',
    becomes: '        payment: conclude(payment),\n        ...postingItems(table, posted),',
  },

  // Orders.
  {
    name: 'an order takes what is not there',
    domain: 'orders',
    file: 'lib/orders/dynamo-orders.ts',
    code: "'#stock >= :quantity'",
    becomes: "'#stock >= :quantity OR #stock < :quantity'",
  },
  {
    name: 'a conflict is taken for out of stock',
    domain: 'orders',
    file: 'lib/aws/transact.ts',
    code: "const refused = reasons.filter(([, { Code }]) => Code === 'ConditionalCheckFailed');",
    becomes: 'const refused = reasons;',
  },
  {
    name: 'an order’s key is not remembered',
    domain: 'orders',
    file: 'lib/aws/idempotency.ts',
    code: "ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now',",
    becomes: "ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now OR expires_at > :now',",
  },

  // Events.
  {
    name: 'the sweeper of the outbox finds nothing',
    domain: 'wallets',
    file: 'lib/events/sweep-outbox.ts',
    code: 'if (events.length === 0) break;',
    becomes: 'if (events.length >= 0) break;',
  },
  {
    name: 'an event is counted each time that it comes',
    domain: 'withdrawals',
    file: 'lib/events/dynamo-counters.ts',
    code: "Item: seenItem(id, now), ConditionExpression: 'attribute_not_exists(pk)' },",
    becomes: 'Item: seenItem(id, now) },',
  },
];
