import type { Mutant } from './mutant.ts';

/** Wallets, payments and refunds. */
export const wallets: readonly Mutant[] = [
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
    name: 'refunds exceed the payment',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: "'#status = :approved AND #count = :count'",
    becomes: "'#status = :approved AND (#count = :count OR #count <> :count)'",
  },
  {
    name: 'a transaction counts as written that another one in the same call has prevented',
    domain: 'wallets',
    file: 'lib/aws/transact.ts',
    code: 'return isWritten || own.some(isReason) ? resultOf(own) : AGAIN;',
    becomes: 'return isWritten || own.some(isReason) || !AGAIN ? resultOf(own) : resultOf([]);',
  },
  {
    name: 'a transaction gets the reasons of another one in the same call',
    domain: 'wallets',
    file: 'lib/aws/transact.ts',
    code: 'const own = reasons.slice(from, from + items.length);',
    becomes: 'const own = reasons.slice(0, items.length);',
  },
];
