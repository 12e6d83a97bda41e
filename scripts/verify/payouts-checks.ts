import { type Batch, finalStatus, isFinished } from '../../lib/payouts/batch.ts';
import { addCounts, addSums, type Chunk, isOpen, type Sums, stillTaken, totalsOf } from '../../lib/payouts/chunk.ts';
import { placeOf } from '../../lib/payouts/ids.ts';
import { batchOf, chunkOf, payoutOf } from '../../lib/payouts/items.ts';
import { PAYOUT_STATUSES, type Payout } from '../../lib/payouts/payout.ts';
import type { LedgerRow } from '../client.ts';
import { attempt, type Difference, differencesOf, type Item, unequal } from './difference.ts';

export const PAYOUTS_CHECKS = {
  readable: 'every batch, chunk and payout can be read, and is in a status that there is',
  once: 'the bank has moved money at most once for each payout, and in its amount and currency',
  completed: 'what is completed was moved, and what is failed was not',
  strangers: 'the bank has moved nothing of a batch that is not one of its payouts',
  counts: 'the counts of each chunk sum to its size',
  counters: 'counts and sums of each chunk are what its payouts come to',
  whole: 'chunks and payouts of each batch come to its total and its sums',
  finished: 'what is finished has no open chunk, and the status that its payouts call for',
} as const;
export type PayoutsCheck = keyof typeof PAYOUTS_CHECKS;
/** Those that the bank's own ledger is needed for. */
export const ASKING_THE_BANK = ['once', 'completed', 'strangers'] as const satisfies readonly PayoutsCheck[];

/** All that the table has of one batch, and the bank's ledger: what has ever arrived of `<batch>.`, if it can be asked. */
export type BatchItems = {
  readonly header: Item | undefined;
  readonly chunks: readonly Item[];
  readonly payouts: readonly Item[];
  readonly ledger?: readonly LedgerRow[] | undefined;
};

/** The batch that an item is of; nothing if it is none of those that batches are made of. */
export function batchIdOf({ pk, sk }: Item): string | undefined {
  const [, id, chunk] = /^BATCH#([^#]+)(?:#(\d{4}))?$/.exec(`${pk}`) ?? [];
  const form = chunk === undefined ? /^(BATCH|CHUNK#\d{4})$/ : /^PAYOUT#\d{6}$/;
  return form.test(`${sk}`) ? id : undefined;
}

/** Items of a whole table, batch by batch. */
export function batchesIn(items: Iterable<Item>): Map<string, BatchItems> {
  const byBatch = Map.groupBy([...items], (item) => batchIdOf(item) ?? '');
  byBatch.delete('');
  return new Map(
    [...byBatch].map(([id, own]) => [
      id,
      {
        header: own.find(({ sk }) => sk === 'BATCH'),
        chunks: own.filter(({ sk }) => `${sk}`.startsWith('CHUNK#')),
        payouts: own.filter(({ sk }) => `${sk}`.startsWith('PAYOUT#')),
      },
    ]),
  );
}

/**
 * All that is wrong with one batch. A payout that is open may be with the bank at this moment: of that one it is only
 * asked that the money did not move twice, nor in another amount.
 */
export function differencesInBatch(id: string, items: BatchItems): Difference<PayoutsCheck>[] {
  const differ = differencesOf<PayoutsCheck>(id, `batch ${id}`);
  const { header, ledger } = items;
  if (!header) {
    const many = items.chunks.length + items.payouts.length;
    return differ('whole', many === 0 ? [] : [`has ${many} chunks and payouts, but no header`]);
  }
  const unreadable: string[] = [];
  const readAll = <Read>(some: readonly Item[], read: (item: Item) => Read) =>
    some.flatMap((item) => {
      const tried = attempt(() => read(item));
      if ('read' in tried) return tried.read;
      unreadable.push(`${item.pk} ${item.sk}: ${tried.why}`);
      return [];
    });
  const [batch] = readAll([header], batchOf);
  const payouts = readAll(items.payouts, payoutOf);
  const chunks = readAll(items.chunks, chunkOf);
  const byChunk = Map.groupBy(payouts, (payout) => placeOf(payout.id).chunk);
  return [
    ...differ('readable', unreadable),
    ...(ledger ? [...differencesToLedger(id, payouts, ledger), ...strangersIn(id, items.payouts, ledger)] : []),
    ...chunks.flatMap((chunk) => differencesInChunk(chunk, byChunk.get(chunk.number) ?? [])),
    ...(batch && unreadable.length === 0 ? differencesInWhole(batch, chunks, payouts) : []),
  ];
}

function differencesToLedger(batch: string, payouts: readonly Payout[], ledger: readonly LedgerRow[]) {
  const rows = new Map(ledger.map((row) => [row.instruction, row]));
  const found = payouts.flatMap((payout) => differencesToRow(payout, rows.get(payout.id)));
  return found.map((difference) => ({ ...difference, id: batch }));
}

/** Also a payout that cannot be read is one. */
function strangersIn(batch: string, payouts: readonly Item[], ledger: readonly LedgerRow[]) {
  const idOf = ({ pk, sk }: Item) =>
    `${`${pk}`.slice('BATCH#'.length).replace('#', '.')}.${`${sk}`.slice('PAYOUT#'.length)}`;
  const known = new Set(payouts.map(idOf));
  const strangers = ledger.filter(({ instruction, moves }) => moves > 0 && !known.has(instruction));
  const says = strangers.map(
    ({ instruction, moved_minor: minor, currency }) =>
      `does not know ${instruction}, for which the bank has moved ${minor} ${currency} (minor units)`,
  );
  return differencesOf<PayoutsCheck>(batch, `batch ${batch}`)('strangers', says);
}

function differencesToRow({ id, status, money }: Payout, row: LedgerRow | undefined): Difference<PayoutsCheck>[] {
  const differ = differencesOf<PayoutsCheck>(id);
  const moves = row?.moves ?? 0;
  const [wanted, moved] = [`${money.minor} ${money.currency}`, `${row?.moved_minor} ${row?.currency}`];
  return [
    ...differ('once', moves > 1 ? [`is ${status}, and the bank has moved money ${moves} times`] : []),
    ...differ('once', moves === 1 ? unequal('moved by the bank, in minor units', wanted, moved) : []),
    ...differ('completed', status === 'completed' && moves === 0 ? ['is completed, and the bank moved no money'] : []),
    ...differ('completed', status === 'failed' && moves > 0 ? ['is failed, and the bank moved the money'] : []),
  ];
}

function differencesInChunk(chunk: Chunk, payouts: readonly Payout[]): Difference<PayoutsCheck>[] {
  const { batchId, number, size, counts } = chunk;
  const differ = differencesOf<PayoutsCheck>(batchId, `batch ${batchId}, chunk ${number}`);
  const counted = totalsOf(payouts);
  // What a worker has taken is processing in the counters, and on the payouts what it was before.
  const expected = chunk.lease ? stillTaken(counted).counts : counted.counts;
  return [
    ...differ('counts', unequal('size and sum of the counts', size, sumOf(counts))),
    ...differ('counters', [
      ...unequal('payouts', size, payouts.length),
      ...PAYOUT_STATUSES.flatMap((status) => unequal(status, expected[status], counts[status])),
      ...unequal('retryable failures', counted.failedRetryable, chunk.failedRetryable),
      ...unequal('sums completed', said(counted.completedAmounts), said(chunk.completedAmounts)),
      ...unequal('sums failed', said(counted.failedAmounts), said(chunk.failedAmounts)),
    ]),
  ];
}

function differencesInWhole(batch: Batch, chunks: readonly Chunk[], payouts: readonly Payout[]) {
  const differ = differencesOf<PayoutsCheck>(batch.id, `batch ${batch.id}, ${batch.status}`);
  if (batch.status === 'creating') {
    const most = payouts.length > batch.total ? [`has ${payouts.length} payouts of ${batch.total}`] : [];
    return differ('whole', most);
  }
  const counts = addCounts(chunks.map((chunk) => chunk.counts));
  const amounts = addSums(payouts.map(({ money }) => new Map([[money.currency, money.minor]])));
  const whole = [
    ...unequal('chunks', batch.chunkCount, chunks.length),
    ...unequal('payouts', batch.total, payouts.length),
    ...unequal('payouts in the counts', batch.total, sumOf(counts)),
    ...unequal('sums', said(batch.amounts), said(amounts)),
  ];
  const open = chunks.filter(isOpen).map(({ number }) => number);
  const finished = [
    ...(open.length > 0 ? [`chunks ${open.join(', ')} are open`] : []),
    ...unequal('status', finalStatus(totalsOf(payouts).counts, batch.total), batch.status),
  ];
  return [...differ('whole', whole), ...(isFinished(batch.status) ? differ('finished', finished) : [])];
}

const sumOf = (counts: Chunk['counts']) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Nothing of a currency is as good as the currency not being there. */
function said(sums: Sums): string {
  const some = [...sums].filter(([, minor]) => minor !== 0n).sort(([a], [b]) => (a < b ? -1 : 1));
  return some.map(([currency, minor]) => `${minor} ${currency}`).join(', ') || 'nothing';
}
