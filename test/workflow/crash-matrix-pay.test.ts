import { payoutCrashes } from '../support/payout-crashes.ts';
import { requestFor } from '../support/scenario.ts';

/** With this seed each of the two chunks has a retryable refusal, and one payout fails permanently. */
const SEED = 84;

await payoutCrashes([
  {
    name: 'a batch is created, started and paid by a moody bank',
    given: (world) => world.setBank({ mode: 'random', seed: SEED }),
    when: async (_world, client) => {
      await client.create(requestFor(6));
    },
  },
]);
