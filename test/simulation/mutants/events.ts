import type { Mutant } from './mutant.ts';

/** Publishing events. */
export const events: readonly Mutant[] = [
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
];
