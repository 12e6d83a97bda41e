/**
 * The guards of the code. Each mutant is the code without one of them. `npm run simulate:mutants` plays seeds until one catches
 * it; a mutant that no seed catches shows where the simulation is too narrow.
 */
export type Mutant = {
  readonly name: string;
  readonly domain:
    | 'payouts'
    | 'withdrawals'
    | 'wallets'
    | 'orders'
    | 'settlement'
    | 'audit'
    | 'approvals'
    | 'lifecycle';
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly code: string;
  readonly becomes: string;
  /** Other guards of the same promise: each is enough. */
  readonly and?: readonly Pick<Mutant, 'file' | 'code' | 'becomes'>[];
};

/** The store itself refuses to start a batch that waits for its approval. */
const MAY_START_UNAPPROVED = {
  file: 'lib/payouts/batch.ts',
  code: "awaiting_approval: ['created', 'scheduled', 'rejected', 'cancelling'],",
  becomes: "awaiting_approval: ['created', 'scheduled', 'rejected', 'cancelling', 'in_progress'],",
} as const;

export const MUTANTS: readonly Mutant[] = [
  // Rail.
  {
    name: 'payouts are sent again without a look-up',
    domain: 'payouts',
    file: 'lib/rail/attempt.ts',
    code: 'return previousLeaseAbandoned || unanswered;',
    becomes: 'return false;',
  },
  {
    name: 'withdrawals are sent again without a look-up',
    domain: 'withdrawals',
    file: 'lib/rail/attempt.ts',
    code: 'return previousLeaseAbandoned || unanswered;',
    becomes: 'return false;',
  },
  {
    name: 'an abandoned lease is forgotten',
    domain: 'payouts',
    file: 'lib/rail/attempt.ts',
    code: 'return previousLeaseAbandoned || unanswered;',
    becomes: 'return unanswered;',
  },
  {
    name: 'not_found is believed right after a call',
    domain: 'payouts',
    file: 'lib/rail/lease.ts',
    code: 'const atLeastMs = isUnknown ? policy.lateCallMs : 0;',
    becomes: 'const atLeastMs = 0;',
  },
  {
    name: 'a new reference after a call that never arrived',
    domain: 'payouts',
    file: 'lib/rail/attempt.ts',
    code: 'if (unanswered) return reference;',
    becomes: '',
  },
  {
    name: 'a refusal without a new reference',
    domain: 'withdrawals',
    file: 'lib/rail/attempt.ts',
    code: 'Number(reference.slice(at + 1)) + 1',
    becomes: 'Number(reference.slice(at + 1))',
  },
  {
    name: 'a call may outlast its lease',
    domain: 'payouts',
    file: 'lib/rail/lease.ts',
    code: 'return now() + waitMs + rail.deadlineMs + policy.lateCallMs <= lease.until;',
    becomes: 'return true;',
  },
  {
    name: 'a permanent refusal is tried again',
    domain: 'payouts',
    file: 'lib/rail/attempt.ts',
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
    file: 'lib/withdrawals/create-withdrawal.ts',
    code: 'const id = withdrawalIdOf(request.userId, key);',
    becomes: 'const id = withdrawalIdOf(request.userId, deps.newId() as IdempotencyKey);',
  },
  {
    name: 'a failed withdrawal keeps its hold',
    domain: 'withdrawals',
    file: 'lib/withdrawals/write-change.ts',
    code: "if (after.source === 'wallet' && isReleased) return release(deps, before, after, { events, approval });",
    becomes: '',
  },
  {
    name: 'a completed withdrawal has no capture',
    domain: 'withdrawals',
    file: 'lib/withdrawals/write-change.ts',
    code: 'return { ...withdrawal, capture: captureEntry(withdrawal, withdrawal.updatedAt) };',
    becomes: 'return withdrawal;',
  },
  {
    name: 'a change of a withdrawal has no event',
    domain: 'withdrawals',
    file: 'lib/withdrawals/write-change.ts',
    code: 'const events = eventsOf(deps, before, after);',
    becomes: 'const events: ReturnType<typeof eventsOf> = [];',
  },
  {
    name: 'a withdrawal is completed before it has its confirmations',
    domain: 'withdrawals',
    file: 'lib/withdrawals/withdrawal.ts',
    code: 'transaction.confirmations >= required',
    becomes: 'transaction.confirmations >= 0 * required',
  },
  {
    name: 'recovery of withdrawals finds nothing',
    domain: 'withdrawals',
    file: 'lib/withdrawals/recover-withdrawals.ts',
    code: 'if (isStopped) return [];',
    becomes: 'if (isStopped || visible >= 0) return [];',
  },
  {
    name: 'recovery of withdrawals leaves abandoned leases',
    domain: 'withdrawals',
    file: 'lib/withdrawals/recover-withdrawals.ts',
    code: 'return [...lost, ...(await nextPage())];',
    becomes: 'return [...lost.slice(lost.length), ...(await nextPage())];',
  },
  {
    name: 'recovery of withdrawals looks for abandoned leases only',
    domain: 'withdrawals',
    file: 'lib/withdrawals/recover-withdrawals.ts',
    code: 'if (!current) return [];',
    becomes: 'if (!current || current) return [];',
  },

  // Wallets.
  {
    name: 'a debit takes one too little',
    domain: 'wallets',
    file: 'lib/ledger/wallet.ts',
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
    code: 'paymentKey(paymentIdOf(userId, key)), record]',
    becomes: "paymentKey('pay_none' as PaymentId), record]",
    and: [
      {
        file: 'lib/wallets/dynamo-payments.ts',
        code: 'payment: putNewItem(table, paymentItem(payment)),',
        becomes: 'payment: { Put: { TableName: table, Item: paymentItem(payment) } },',
      },
    ],
  },
  {
    name: 'a look-up that times out counts as not_found',
    domain: 'wallets',
    file: 'lib/wallets/charge-payment.ts',
    code: 'const mayStillArrive = isLeased({ lease: leaseOf(deps, payment) }, deps.now());',
    becomes: 'const mayStillArrive = isLeased({}, leaseOf(deps, payment).until);',
  },
  {
    name: 'a charge is sent again without a look-up',
    domain: 'wallets',
    file: 'lib/wallets/charge-payment.ts',
    code: '    attempt = outcome.attempt;\n',
    becomes: '',
  },
  {
    name: 'a request sends a payment again after a time-out',
    domain: 'wallets',
    file: 'lib/wallets/charge-payment.ts',
    code: "mayStillArrive ||= sent.cause === 'timed_out';",
    becomes: 'mayStillArrive ||= false;',
  },
  {
    name: 'an order is recorded outside its transaction',
    domain: 'orders',
    file: 'lib/orders/dynamo-orders.ts',
    code: 'event: appendToOutbox(eventsTable, event),',
    becomes: '',
    and: [
      {
        file: 'lib/orders/dynamo-orders.ts',
        code: "if (result.done) return { kind: 'placed', order };",
        becomes:
          "if (result.done) { await tryTransactWriteNamed(client, { event: appendToOutbox(eventsTable, event) }); return { kind: 'placed', order }; }",
      },
    ],
  },
  {
    name: 'a declined payment has no event',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: 'event: appendToOutbox(tables.events, event),\n        ...giveBack(tables.access, reserved),',
    becomes: '...giveBack(tables.access, reserved),',
  },
  {
    name: 'a posting overwrites a newer wallet',
    domain: 'wallets',
    file: 'lib/ledger/items.ts',
    code: "ConditionExpression: '#seq = :seq AND #balances = :before',",
    becomes: "ConditionExpression: '(#seq >= :seq OR #seq < :seq) AND (#balances = :before OR #balances <> :before)',",
    and: [
      {
        file: 'lib/ledger/dynamo-ledger.ts',
        code: 'putNewItem(table, lineItem(before.userId, posted.line));',
        becomes: '{ Put: { TableName: table, Item: lineItem(before.userId, posted.line) } };',
      },
    ],
  },
  {
    name: 'the balance is not carried from one member of a group to the next',
    domain: 'wallets',
    file: 'lib/ledger/post-to-wallet.ts',
    code: '      wallet = one.posted.after;\n',
    becomes: '      wallet = { ...one.posted.after, balances: before.balances };\n',
  },
  {
    name: 'the refusal of one member of a group goes to another',
    domain: 'wallets',
    file: 'lib/ledger/dynamo-ledger.ts',
    code: 'companions.set(Number(place), found.set(own, item));',
    becomes: "companions.set(place === '1' ? 0 : Number(place), found.set(own, item));",
  },
  {
    name: 'a member of a group is written without what goes with it',
    domain: 'wallets',
    file: 'lib/ledger/dynamo-ledger.ts',
    code: 'Object.entries(writesOf(companion))) items',
    becomes: 'Object.entries(place === 1 ? {} : writesOf(companion))) items',
  },
  {
    name: 'a transaction writes an item for two members',
    domain: 'wallets',
    file: 'lib/ledger/post-to-wallet.ts',
    code: 'items.some((item) => written.has(item))',
    becomes: 'items.length < 0',
  },

  // Orders.
  {
    name: 'an order takes more than the stock',
    domain: 'orders',
    file: 'lib/orders/dynamo-orders.ts',
    code: "'#stock >= :quantity'",
    becomes: "'#stock >= :quantity OR #stock < :quantity'",
  },
  {
    name: 'a conflict counts as out of stock',
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
    name: 'an event is counted each time it is delivered',
    domain: 'withdrawals',
    file: 'lib/events/dynamo-outbox.ts',
    code: "'attribute_exists(gsi1pk)'",
    becomes: "'attribute_exists(pk)'",
  },
  {
    name: 'events that another relay has marked are counted again with the others',
    domain: 'wallets',
    file: 'lib/events/dynamo-outbox.ts',
    code: 'additions(table, left, ',
    becomes: 'additions(table, events, ',
  },
  {
    name: 'events are marked without being counted',
    domain: 'wallets',
    file: 'lib/events/dynamo-outbox.ts',
    code: '[...marks, ...counts]',
    becomes: '[...marks, ...counts.slice(1)]',
  },
  {
    name: 'events are counted without being marked',
    domain: 'withdrawals',
    file: 'lib/events/dynamo-outbox.ts',
    code: '[...marks, ...counts]',
    becomes: '[...marks.slice(1), ...counts]',
  },
  {
    name: 'events are published without being marked',
    domain: 'payouts',
    file: 'lib/events/publish-events.ts',
    code: 'if (done.length > 0) await outbox.markPublished(done, now());',
    becomes: '',
  },
  {
    name: 'events that the topic has refused are marked',
    domain: 'wallets',
    file: 'lib/events/publish-events.ts',
    code: 'await outbox.markPublished(done, now());',
    becomes: 'await outbox.markPublished(countable, now());',
    and: [{ file: 'lib/events/sns.ts', code: '{ maxAttempts: 4, backoff', becomes: '{ maxAttempts: 0, backoff' }],
  },
  {
    name: 'events are counted after they are marked',
    domain: 'wallets',
    file: 'lib/events/dynamo-outbox.ts',
    code: 'const written = await transactWrite(client, [...marks, ...counts]);',
    becomes:
      'const written = await transactWrite(client, marks);\n      if (written.done && counts.length > 0) await transactWrite(client, counts);',
  },

  // Transactions and settlement.
  {
    name: 'a row is stored without its segment',
    domain: 'settlement',
    file: 'lib/transactions/dynamo.ts',
    code: 'items.push({ Put: { TableName: table, Item: segmentItem(segment) } });',
    becomes: 'segmentItem(segment);',
  },
  {
    name: 'a known row is stored again',
    domain: 'settlement',
    file: 'lib/transactions/dynamo.ts',
    code: 'items.push(putNewItem(table, rowItem(row)));',
    becomes: 'items.push({ Put: { TableName: table, Item: rowItem(row) } });',
  },
  {
    name: 'transactions that are not paid are settled',
    domain: 'settlement',
    file: 'lib/settlement/merchant-totals.ts',
    code: 'if (statuses[row] !== PAID) continue;',
    becomes: "if (statuses[row] === 'nothing') continue;",
  },
  {
    name: 'a sum begins again at 0 with each page',
    domain: 'settlement',
    file: 'lib/settlement/merchant-totals.ts',
    code: 'let { gross, fee, count } = before;',
    becomes: 'let { gross, fee, count } = { ...before, gross: 0n };',
  },
  {
    name: 'an older job’s settlement replaces a newer one’s',
    domain: 'settlement',
    file: 'lib/settlement/dynamo-settlements.ts',
    code: "'attribute_not_exists(pk) OR generated_at < :at OR (generated_at = :at AND run_id <= :run)',",
    becomes:
      "'attribute_not_exists(pk) OR generated_at <> :at OR (generated_at = :at AND run_id <> :run) OR run_id = :run',",
  },
  {
    name: 'the checkpoint is written before the settlements',
    domain: 'settlement',
    file: 'lib/settlement/dynamo-settlements.ts',
    code: 'await write(last, [putCheckpoint(id, checkpoint)]);',
    becomes: 'await write([], [putCheckpoint(id, checkpoint)]);\n      await write(last, []);',
  },
  {
    name: 'a chunk is left out of the plan',
    domain: 'settlement',
    file: 'lib/settlement/plan-job.ts',
    code: '.filter((chunk) => !settled.has(chunk));',
    becomes: '.filter((chunk, index) => index > 0 && !settled.has(chunk));',
  },
  {
    name: 'a page is left out',
    domain: 'settlement',
    file: 'lib/settlement/settle-chunk.ts',
    code: 'for (const segment of page.value) totals.add(segment);',
    becomes: 'for (const segment of page.value.slice(1)) totals.add(segment);',
  },
  {
    name: 'recovery of jobs finds nothing',
    domain: 'settlement',
    file: 'lib/settlement/recover-jobs.ts',
    code: 'list: () => deps.jobs.listOpen(),',
    becomes: 'list: async () => [],',
  },
  {
    name: 'a cancelled job keeps its file',
    domain: 'settlement',
    file: 'lib/settlement/cancel-job.ts',
    code: 'await deps.files.removeAll(filesOf(id));',
    becomes: 'filesOf(id);',
  },
  {
    name: 'a job that is being cancelled is completed',
    domain: 'settlement',
    file: 'lib/settlement/dynamo-jobs.ts',
    code: '...transition(JOB_TRANSITIONS, to, {',
    becomes: '...transition(Object.fromEntries(Object.keys(JOB_TRANSITIONS).map((from) => [from, [to]])), to, {',
  },
  {
    name: 'a job’s key is not remembered',
    domain: 'settlement',
    file: 'lib/settlement/dynamo-jobs.ts',
    code: 'key: rememberKey(table, keyed, job.id, now)',
    becomes: 'key: rememberKey(table, { ...keyed, key: job.id as never }, job.id, now)',
  },
  {
    name: 'a completed job has no event',
    domain: 'settlement',
    file: 'lib/settlement/assemble-file.ts',
    code: '{ finishedAt, outcome, event }',
    becomes: '{ finishedAt, outcome, ...(event.id === id ? { event } : {}) }',
  },
  {
    name: 'two processes write the checkpoint of an import at once',
    domain: 'settlement',
    file: 'lib/imports/dynamo.ts',
    code: "condition: '#status = :running AND checkpoint = :before',",
    becomes: "condition: '#status = :running AND (checkpoint = :before OR attribute_exists(pk))',",
  },
  {
    name: 'a file that was uploaded again is read from the old position',
    domain: 'settlement',
    file: 'lib/aws/files.ts',
    code: 'Range, IfMatch: etag }',
    becomes: "Range, ...(etag === '' ? { IfMatch: etag } : {}) }",
  },
  {
    name: 'recovery of imports finds nothing',
    domain: 'settlement',
    file: 'lib/imports/recover-imports.ts',
    code: 'list: () => deps.imports.listOpen(),',
    becomes: 'list: async () => [],',
  },

  // Bugs that the simulator has found.
  {
    name: 'a batch is stopped while an abandoned call may arrive',
    domain: 'payouts',
    file: 'lib/payouts/chunk.ts',
    code: 'return counts.unknown > 0 && dueAt > now;',
    becomes: 'return counts.unknown > counts.unknown + dueAt + now;',
  },
  {
    name: 'the processor is stopped while an abandoned call may arrive',
    domain: 'withdrawals',
    file: 'lib/withdrawals/open.ts',
    code: "const isInFlight = leasedUntil !== undefined || status === 'UNKNOWN';",
    becomes: 'const isInFlight = leasedUntil !== undefined;',
  },
  {
    name: 'a replayed answer has its fields in another order',
    domain: 'wallets',
    file: 'lib/wallets/view.ts',
    code: "'failure' in payment ? { code: payment.failure.code, message: payment.failure.message } : null",
    becomes: "'failure' in payment ? payment.failure : null",
    and: [
      {
        file: 'lib/wallets/items.ts',
        code: 'failure: z.object({ code: z.string(), message: z.string() }),',
        becomes: 'failure: z.looseObject({}) as never,',
      },
    ],
  },
  {
    name: 'an item that the SDK’s first attempt stored counts as another client’s',
    domain: 'withdrawals',
    file: 'lib/withdrawals/dynamo-withdrawals.ts',
    code: 'written.done || isEqual(written.found, put.Item)',
    becomes: 'written.done',
  },
  {
    name: 'unprocessed keys of a batch count as not found',
    domain: 'payouts',
    file: 'lib/aws/read.ts',
    code: 'return UnprocessedKeys[table]?.Keys ?? [];',
    becomes: 'return UnprocessedKeys[table]?.Keys?.slice(25) ?? [];',
  },

  // More of payouts, withdrawals, orders and wallets.
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
    name: 'workers do not check whether the processor is stopped',
    domain: 'withdrawals',
    file: 'lib/withdrawals/process-withdrawal.ts',
    code: 'mayStillSend: async () => !isDenied && !(await deps.processor.readState()).isStopped,',
    becomes: 'mayStillSend: async () => !isDenied,',
  },
  {
    name: 'the deny-list is not checked',
    domain: 'withdrawals',
    file: 'lib/withdrawals/create-withdrawal.ts',
    code: 'deps.denyList.has(network, canonicalAddress(network, address));',
    becomes: "deps.denyList.has(network, canonicalAddress(network, address).replace('0x', ''));",
  },
  {
    name: 'permanent failures are retried',
    domain: 'payouts',
    file: 'lib/payouts/payout.ts',
    code: "if (payout.status !== 'failed' || !payout.failure.retryable) return payout;",
    becomes: "if (payout.status !== 'failed') return payout;",
  },
  {
    name: 'an order’s total is one too little',
    domain: 'orders',
    file: 'lib/orders/order.ts',
    code: 'BigInt(quantity) * priceCents, 0n);',
    becomes: 'BigInt(quantity) * priceCents, -1n);',
  },
  {
    name: 'refunds exceed the payment',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: "'#status = :approved AND #count = :count'",
    becomes: "'#status = :approved AND (#count = :count OR #count <> :count)'",
  },

  // Seals.
  {
    name: 'sealed events are sealed again',
    domain: 'audit',
    file: 'lib/audit/seal-events.ts',
    code: 'page.filter((key) => !known.has(nameOfEvent(key)))',
    becomes: 'page.filter((key) => !known.has(key.subject))',
  },
  {
    name: 'the sealer does not read the overlap again',
    domain: 'audit',
    file: 'lib/audit/seal-events.ts',
    code: 'max(this.head.from, min(readTo, certain))',
    becomes: 'max(this.head.from, min(readTo, readTo > certain ? readTo : certain))',
  },
  {
    name: 'the head moves though another run has moved it',
    domain: 'audit',
    file: 'lib/audit/dynamo-chain.ts',
    code: "ConditionExpression: 'version = :before',",
    becomes: "ConditionExpression: 'version = :before OR version <> :before',",
  },
  {
    name: 'a signed head is not kept after a crash',
    domain: 'audit',
    file: 'lib/audit/seal-events.ts',
    code: 'if (this.head.signed && !this.head.isKept)',
    becomes: 'if (this.head.signed && this.head.isKept && !this.head.isKept)',
  },

  // Approvals.
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

  // The life of a payout: claims, schedules, cancels.
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
        code: `\`attribute_not_exists(lease_owner) AND \${condition}\``,
        becomes: 'condition',
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
    code: 'if (!mustLookUpFirst(work.attempt, work.previousLeaseAbandoned)) return cancelled();',
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
        file: 'lib/payouts/dynamo-chunks.ts',
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

  // Files of payouts.
  {
    name: 'a held batch can be started',
    domain: 'lifecycle',
    file: 'lib/payouts/batch.ts',
    code: "const STARTABLE = ['created',",
    becomes: "const STARTABLE = ['created', 'held' as 'created',",
    and: [
      {
        file: 'lib/payouts/batch.ts',
        code: "held: ['created', 'rejected'],",
        becomes: "held: ['created', 'rejected', 'in_progress'],",
      },
    ],
  },
  {
    name: 'an older order of an upload is followed',
    domain: 'lifecycle',
    file: 'lib/payouts/dynamo-batch-runs.ts',
    code: 'OR #upload_order < :upload_order)',
    becomes: 'OR #upload_order < :upload_order OR #upload_order >= :upload_order)',
    and: [
      {
        file: 'lib/payouts/follow-order.ts',
        code: 'if (!batch || (batch.uploadOrder ?? 0) >= order.number) return false;',
        becomes: 'if (!batch) return false;',
      },
    ],
  },
  {
    name: 'the batches of a refused file are started',
    domain: 'lifecycle',
    file: 'lib/uploads/follow-upload.ts',
    code: "if (status === 'FAILED' || phase === 'dropped') return { ...of, wanted: 'drop' };",
    becomes:
      "if (phase === 'dropped') return { ...of, wanted: 'drop' };\n  if (status === 'FAILED') return { ...of, wanted: 'start' };",
  },
  {
    name: 'a batch is left of an upload that was cancelled while it was stored',
    domain: 'lifecycle',
    file: 'lib/uploads/follow-upload.ts',
    code: "{ andNext: order.wanted === 'drop' }",
    becomes: '{ andNext: false }',
  },
  {
    name: 'a batch is stored for an upload that has ended',
    domain: 'lifecycle',
    file: 'lib/payouts/dynamo-batch-header.ts',
    code: '...(upload ? { upload: whileRunning(tables.imports, upload) } : {}),',
    becomes: '',
  },
  {
    name: 'a cancel of an upload that meets the end of storing is lost',
    domain: 'lifecycle',
    file: 'lib/uploads/request-upload.ts',
    code: "if (failed.status === 'FAILED') return failed;",
    becomes: 'if (failed.status) return failed;',
  },
  {
    name: 'the file of an upload is kept',
    domain: 'lifecycle',
    file: 'lib/uploads/follow-upload.ts',
    code: 'await deps.files.removeAll(uploadKey(one.id));',
    becomes: '',
  },
  {
    name: 'an upload is stored of two files',
    domain: 'lifecycle',
    file: 'lib/aws/files.ts',
    code: 'Range, IfMatch: etag }',
    becomes: 'Range }',
  },
  {
    name: 'an upload is released before it is approved',
    domain: 'lifecycle',
    file: 'lib/uploads/store-upload.ts',
    code: "phase: approval ? 'held' : 'released', approval }",
    becomes: "phase: 'released', approval }",
  },
  {
    name: 'a rejected upload is released',
    domain: 'lifecycle',
    file: 'lib/uploads/approve-upload.ts',
    code: "const phase = status === 'approved' ? 'released' : 'dropped';",
    becomes: "const phase = 'released' as string === status ? 'dropped' : 'released';",
  },

  // Dry runs, invalid entries, parts that the rail gives back, look-ups.
  {
    name: 'a dry run stores the batch',
    domain: 'lifecycle',
    file: 'lib/payouts/dry-run.ts',
    code: 'const room = await readRoom(deps, wanted, now);',
    becomes: 'await deps.batches.insert(wanted);\n  const room = await readRoom(deps, wanted, now);',
  },
  {
    name: 'a dry run counts duplicates as stored',
    domain: 'lifecycle',
    file: 'lib/payouts/dry-run.ts',
    code: 'batch: withoutDuplicates(wanted, request, duplicates),',
    becomes: 'batch: duplicates.length > 0 ? wanted : withoutDuplicates(wanted, request, duplicates),',
  },
  {
    name: 'invalid entries are not kept',
    domain: 'lifecycle',
    file: 'lib/payouts/create-batch.ts',
    code: 'if (request.rejected?.length) await deps.rejected.insert(creating, request.rejected);',
    becomes: '',
  },
  {
    name: 'a refused batch keeps its invalid entries',
    domain: 'lifecycle',
    file: 'lib/payouts/discard-batch.ts',
    code: 'if (batch.invalid > 0) await deps.rejected.remove(batch.id);',
    becomes: '',
  },
  {
    name: 'payouts are numbered without the invalid entries',
    domain: 'lifecycle',
    file: 'lib/payouts/batch-request.ts',
    code: 'positions?.[index] ?? index + 1;',
    becomes: 'positions ? index + 1 : index + 1;',
  },
  {
    name: 'a part that was given back returns the payout',
    domain: 'lifecycle',
    file: 'lib/payouts/notification.ts',
    code: 'payout.money.minor !== money.minor || ',
    becomes: '',
  },
  {
    name: 'a part that a look-up tells of returns the payout',
    domain: 'lifecycle',
    file: 'lib/payouts/payout.ts',
    code: 'outcome.givenBack?.minor === payout.money.minor ?',
    becomes: 'outcome.givenBack ?',
  },
  {
    name: 'a payout that had a key before is not found by it',
    domain: 'lifecycle',
    file: 'lib/payouts/claim.ts',
    code: 'earlier: others.slice(-EARLIER),',
    becomes: 'earlier: others.slice(-EARLIER, 0),',
  },

  // Limits.
  {
    name: 'limit not given back: a batch',
    domain: 'payouts',
    file: 'lib/payouts/dynamo-batch-header.ts',
    code: '...giveBack(tables.access, back),',
    becomes: '',
  },
  {
    name: 'limit not given back: a withdrawal',
    domain: 'withdrawals',
    file: 'lib/withdrawals/dynamo-withdrawals.ts',
    code: '...giveBack(tables.access, after.reservation ? undefined : before.reservation),',
    becomes: '',
  },
  {
    name: 'limit not given back: a payment',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: '...giveBack(tables.access, reserved),',
    becomes: '',
  },
  {
    name: 'limit given back twice: what a batch has paid is given back too',
    domain: 'payouts',
    file: 'lib/payouts/batch.ts',
    code: 'split(reserved, ofThisRun)',
    becomes: 'split(reserved, ofThisRun && new Map())',
  },
  {
    name: 'limit given back twice: at each change of a withdrawal',
    domain: 'withdrawals',
    file: 'lib/withdrawals/dynamo-withdrawals.ts',
    code: 'after.reservation ? undefined : before.reservation',
    becomes: 'before.reservation',
  },
  {
    name: 'limit counted twice: a retried batch counts what earlier runs have paid',
    domain: 'payouts',
    file: 'lib/payouts/batch.ts',
    code: 'minor - (paidBefore.get(unit) ?? 0n)',
    becomes: 'minor + 0n * (paidBefore.get(unit) ?? 0n)',
  },
  {
    name: 'limit counted twice: a retried withdrawal',
    domain: 'withdrawals',
    file: 'lib/withdrawals/retry-withdrawal.ts',
    code: 'reopened(before, now, demand?.reservation)',
    becomes: 'reopened(before, now)',
  },
  {
    name: 'limit counted twice: a refund',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: `        ...reserve(tables.access, demand),
      };
      return companion(items, (refused) => {`,
    becomes: `        ...reserve(tables.access, demand && { ...demand, reservation: { ...demand.reservation, amounts: new Map([...demand.reservation.amounts].map(([unit, minor]) => [unit, 2n * minor])) } }),
      };
      return companion(items, (refused) => {`,
  },
];
