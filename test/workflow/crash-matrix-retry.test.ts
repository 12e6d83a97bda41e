import { givenRetryableFailures, payoutCrashes } from '../support/payout-crashes.ts';

await payoutCrashes([
  {
    name: 'retry-failed re-opens a batch',
    options: { settings: { PAYOUT_CHUNK_SIZE: 2 } },
    given: givenRetryableFailures,
    when: async (_world, client) => {
      await client.retryFailed();
    },
    arrivalsAllowed: 4,
  },
  {
    name: 'retry-failed re-opens the failures of one reason',
    who: 'retry-failed',
    options: { settings: { PAYOUT_CHUNK_SIZE: 2 } },
    given: givenRetryableFailures,
    when: async (_world, client) => {
      await client.retryFailed('INSUFFICIENT_FUNDS');
    },
    arrivalsAllowed: 4,
  },
]);
