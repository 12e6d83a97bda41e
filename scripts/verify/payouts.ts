import { partition } from 'es-toolkit';
import pMap from 'p-map';
import { type Batches, SluiceError } from '../../client/index.ts';
import { keysOf } from '../../lib/payouts/claim.ts';
import { payoutOf } from '../../lib/payouts/dynamo-payout-items.ts';
import { type BatchId, parsePayoutId } from '../../lib/payouts/ids.ts';
import { batchKey, chunkPartition, claimKey } from '../../lib/payouts/items.ts';
import { isTerminal, type PayoutStatus } from '../../lib/payouts/payout.ts';
import type { MockBank } from '../bank.ts';
import { clientOf, Unexpected } from '../endpoints.ts';
import { attempt, type Difference, type Item } from './difference.ts';
import { countsOf, type Findings, many, type Scope } from './examination.ts';
import { lastingDifferences } from './looks.ts';
import {
  type BatchItems,
  batchIdOf,
  differencesInBatch,
  isApart,
  NEEDING_THE_BANK,
  PAYOUTS_CHECKS,
  type PayoutsCheck,
} from './payouts-checks.ts';
import { differencesToShown, SHOWN_CHECK, type Shown } from './payouts-shown.ts';

/** Batches in memory at once, of up to 15,000 payouts each. */
const PARALLEL_BATCHES = 2;
const PARALLEL_CHUNKS = 8;

/** The highest number of a chunk that has payouts, by batch. */
type LastChunks = Map<string, number>;

/** One batch, or first the keys of the whole table, so that no item is missed, and then every batch. */
export function examinePayouts(scope: Scope): Promise<Findings> {
  return scope.id === undefined ? examineAll(scope) : examineOne(scope, scope.id);
}

/** Memory grows with the batches, and with the payouts of the two that are compared. */
async function examineAll(scope: Scope): Promise<Findings> {
  const { tables, bank, onProgress } = scope;
  const lastChunks: LastChunks = new Map();
  const unknown: Difference<PayoutsCheck>[] = [];
  let payouts = 0;
  const onItem = (item: Item) => {
    if (isApart(item)) return;
    const id = batchIdOf(item);
    if (id === undefined) {
      unknown.push({ check: 'readable', id: `${item.pk}`, message: `${item.pk} ${item.sk}: unknown kind of item` });
      return;
    }
    const [, chunk = 0] = `${item.pk}`.split('#').slice(1).map(Number);
    if (`${item.sk}`.startsWith('PAYOUT#')) payouts += 1;
    lastChunks.set(id, Math.max(lastChunks.get(id) ?? 0, chunk));
  };
  await tables.scan('payouts', { attributes: ['pk', 'sk'], onItem, onProgress });
  const examine = async (id: string) =>
    differencesInBatch(id, await readBatch(scope, id, lastChunks.get(id)), scope.now());
  const differences = await lastingDifferences(async (suspects = new Set(lastChunks.keys())) =>
    (await pMap(suspects, examine, { concurrency: PARALLEL_BATCHES })).flat(),
  );
  return {
    examined: `${many(payouts, 'payout')} in ${many(lastChunks.size, 'batch', 'batches')}`,
    checks: PAYOUTS_CHECKS,
    differences: [...unknown, ...differences],
    skipped: bank ? [] : NEEDING_THE_BANK,
    notes: bank ? await unknownBatches(scope, bank, lastChunks) : [],
  };
}

/** Also compares what the API shows of the batch. @throws Unexpected if there is no such batch */
async function examineOne(scope: Scope, id: string): Promise<Findings> {
  const { batches } = clientOf(scope.at);
  let items: BatchItems = { header: undefined, chunks: [], payouts: [], duplicates: [], claims: [] };
  const differences = await lastingDifferences<Difference<PayoutsCheck | 'shown'>>(async () => {
    const shown = await readShown(batches, id);
    items = await readBatch(scope, id);
    return [...differencesInBatch(id, items, scope.now()), ...differencesToShown(id, items, shown)];
  });
  const { header, payouts } = items;
  if (!header && differences.length === 0) throw new Unexpected(`There is no batch ${id}.`);
  const statuses = payouts.map(({ status }) => `${status}`);
  const open = statuses.filter((status) => !isTerminal({ status: status as PayoutStatus })).length;
  return {
    examined: `batch ${id}, ${header?.status}: ${many(payouts.length, 'payout')}${countsOf(statuses)}`,
    checks: { ...PAYOUTS_CHECKS, ...SHOWN_CHECK },
    differences,
    skipped: scope.bank ? [] : NEEDING_THE_BANK,
    notes:
      open === 0 ? [] : [`${many(open, 'payout')} not finished: the bank may be paying them now; verify again later`],
  };
}

/** Reads causes after their effects: header, chunks, payouts, and the ledger of the bank last. */
async function readBatch({ tables, bank }: Scope, id: string, lastKnownChunk = 0): Promise<BatchItems> {
  const header = await tables.get('payouts', batchKey(id as BatchId));
  const chunks = await tables.query('payouts', `BATCH#${id}`, 'CHUNK#');
  const last = Math.max(lastKnownChunk, chunks.length, Number(header?.chunk_count ?? 0));
  const read = (_: unknown, index: number) => tables.query('payouts', chunkPartition(id as BatchId, index + 1));
  const parts = await pMap(Array.from({ length: last }), read, { concurrency: PARALLEL_CHUNKS });
  const [duplicates, payouts] = partition(parts.flat(), ({ sk }) => sk === 'DUPLICATES');
  const claims = await tables.getAll('payouts', payouts.flatMap(claimKeysOf));
  return { header, chunks, payouts, duplicates, claims, ledger: await bank?.ledger(id) };
}

function claimKeysOf(payout: Item) {
  const tried = attempt(() => keysOf(payoutOf(payout)));
  return 'value' in tried ? tried.value.map(claimKey) : [];
}

async function readShown(batches: Batches, id: string): Promise<Shown | string> {
  try {
    return { batch: await batches.get(id), payouts: await batches.payouts(id, { limit: 500 }).all() };
  } catch (error) {
    if (error instanceof SluiceError && [404, 500].includes(error.status)) return error.message;
    throw error;
  }
}

/**
 * Batches that the bank has paid and this table does not have. They are no fault by themselves: a bank may serve several
 * stages. If it serves only this one, these batches were lost.
 */
async function unknownBatches({ tables }: Scope, bank: MockBank, known: LastChunks): Promise<string[]> {
  const moved = new Map<BatchId, number>();
  for await (const rows of bank.instructionPages('')) {
    for (const { instruction, moves } of rows) {
      const batch = parsePayoutId(instruction)?.batchId;
      if (moves > 0 && batch !== undefined && !known.has(batch)) moved.set(batch, (moved.get(batch) ?? 0) + 1);
    }
  }
  for (const { id } of await tables.getAll('payouts', [...moved.keys()].map(batchKey))) moved.delete(id as BatchId);
  return [...moved].map(
    ([id, payouts]) =>
      `the bank has paid ${many(payouts, 'payout')} of batch ${id}, which this table does not have: it is another stage's, or lost`,
  );
}
