import { aPrincipal } from '../support/http.ts';
import { givenRetryableFailures, payoutCrashes } from '../support/payout-crashes.ts';
import { finish, once, requestFor } from '../support/scenario.ts';

const options = {
  settings: { PAYOUT_CHUNK_SIZE: 2 },
  principal: () => aPrincipal({ limits: { maxPerDay: { IDR: '400006' } } }),
};

/** The last two payouts fail. The limit has no room for the batch twice: what is reserved twice is refused or found. */
await payoutCrashes([
  {
    name: 'a key with a daily limit creates a batch of which a part fails',
    options,
    when: async (world, client) => {
      once(world, 'commitOutcomes 1', () => world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' }));
      await client.create(requestFor(4));
      await finish(world);
    },
  },
  {
    name: 'a key with a daily limit retries a batch',
    options,
    given: async (world, client) => {
      await givenRetryableFailures(world, client);
      once(world, 'commitOutcomes 1', () => world.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' }));
    },
    when: async (_world, client) => {
      await client.retryFailed();
    },
    arrivalsAllowed: 4,
  },
]);
