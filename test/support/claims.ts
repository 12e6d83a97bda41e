import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import type { Instruction } from '../../lib/payouts/payout.ts';
import { readAllPayouts } from '../../lib/payouts/read-batches.ts';
import { requestFor } from './scenario.ts';
import type { World } from './world.ts';

/** A request whose payouts claim these ids. Payouts of the same id are for the same. */
export function claiming(batchId: string, ids: readonly string[], changes: Partial<BatchRequest> = {}): BatchRequest {
  const [template] = requestFor(1).instructions;
  const instructions = ids.map(
    (id): Instruction => ({
      ...(template as Instruction),
      externalId: id,
      payee: { id: `payee of ${id}` },
      claims: ['external_id'],
    }),
  );
  return { batchId, autoStart: true, duplicates: 'skip', instructions, ...changes };
}

/** The external ids of the payouts of a batch, each as often as it moved money. */
export async function paid(world: World, batch: string): Promise<string[]> {
  const { payouts } = await readAllPayouts(world.deps, batch as BatchId);
  const ledger = await world.ledger(batch as BatchId);
  return payouts.flatMap(({ payout }) =>
    Array.from({ length: ledger.get(payout.id)?.moves ?? 0 }, () => payout.externalId),
  );
}

/** The items of all claims. */
export async function claimsOf(world: World) {
  return (await world.items('PAYOUTS_TABLE')).filter(({ sk }) => sk === 'CLAIM');
}
