import { payoutCrashes } from '../support/payout-crashes.ts';
import { finish, requestFor } from '../support/scenario.ts';

await payoutCrashes([
  {
    name: 'retry-failed re-opens a batch',
    options: { settings: { PAYOUT_CHUNK_SIZE: 2 } },
    given: async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await client.create(requestFor(4));
      await finish(world);
      await world.setBank({ mode: 'happy' });
    },
    when: async (_world, client) => {
      await client.retryFailed();
    },
    arrivalsAllowed: 4,
  },
]);
