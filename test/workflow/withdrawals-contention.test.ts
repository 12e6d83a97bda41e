import { expect, it } from 'vitest';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, cancelled, conflicting } from '../support/faults.ts';
import { ANA, ETH, WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();

it('from one wallet, many at once, all end despite transaction conflicts', { timeout: 60_000 }, () =>
  WithdrawalsWorld.playing(
    database,
    { workers: 6, dynamo: between(documentClient(), conflicting(1)), settings: { WITHDRAWAL_RETRY_BASE_DELAY: '1s' } },
    async (world) => {
      await world.furnish(500);
      await world.behave({ mode: 'random', seed: 11, block_ms: 1_000 });
      // More than the wallet covers: the refused ones must have INSUFFICIENT_FUNDS.
      const results = await Promise.allSettled(Array.from({ length: 60 }, () => world.withdraw(10, { maxRetries: 1 })));
      const refused = results.filter((each) => each.status === 'rejected');
      expect(refused).toHaveLength(10);
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
      const { withdrawals } = await world.settled();
      expect(withdrawals).toHaveLength(50);
      const completed = BigInt(withdrawals.filter(({ status }) => status === 'COMPLETED').length);
      expect((await world.deps.ledger.read(ANA))?.balances.get(ETH)).toBe(500n - 10n * completed);
    },
  ),
);

it('succeeds after a conflict at each of its transactions', { timeout: 60_000 }, () => {
  const met = new Set<string>();
  const dynamo = between(documentClient(), async (command, pass, input) => {
    if (command !== 'TransactWriteItemsCommand') return pass();
    const { TransactItems } = input as {
      TransactItems: { Put?: { Item: { pk: { S: string }; sk: object; version?: object } } }[];
    };
    // Without events: their keys contain the time of the try.
    const items = TransactItems.flatMap(({ Put }) => (Put && !Put.Item.pk.S.startsWith('SUBJECT#') ? [Put.Item] : []));
    const which = JSON.stringify(items.map(({ pk, sk, version }) => [pk, sk, version]));
    if (met.has(which)) return pass();
    met.add(which);
    throw cancelled(...TransactItems.map(() => 'TransactionConflict'));
  });
  return WithdrawalsWorld.playing(database, { dynamo }, async (world) => {
    await world.furnish(1_000);
    await world.withdraw(400);
    await world.withdraw(300, { source: 'external' });
    await world.behave({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
    await world.withdraw(200);
    await world.settled();
    expect(met.size).toBeGreaterThan(6);
  });
});
