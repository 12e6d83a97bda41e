import { type Batch, finalStatus, isFinished } from '../../lib/payouts/batch.ts';
import {
  addCounts,
  addSums,
  type Chunk,
  countersUnderLease,
  isOpen,
  type Sums,
  totalsOf,
} from '../../lib/payouts/chunk.ts';
import { isBeingStored } from '../../lib/payouts/claim.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { chunkOf } from '../../lib/payouts/dynamo-chunk-items.ts';
import { claimOfItem, duplicatesOf } from '../../lib/payouts/dynamo-claim-items.ts';
import { payoutOf, statusIndex } from '../../lib/payouts/dynamo-payout-items.ts';
import { placeOf } from '../../lib/payouts/ids.ts';
import { THROUGHPUT } from '../../lib/payouts/items.ts';
import { CLAIM_KINDS, isTerminal, PAYOUT_STATUSES, type Payout } from '../../lib/payouts/payout.ts';
import type { LedgerRow } from '../bank.ts';
import { type ClaimItems, differencesInClaims, differencesInDuplicates, differencesInTime } from './claims-checks.ts';
import { attempt, type Difference, differencesOf, type Item, unequal } from './difference.ts';

export const PAYOUTS_CHECKS = {
  readable: 'every batch, chunk and payout is readable and in a known status',
  once: 'the bank moved money at most once for each payout, in its amount and currency',
  completed:
    'the bank moved money for every payout that is completed or returned, and for none that failed or was cancelled',
  returned: 'the bank gave back the money of every payout that is returned, and of no other one that has ended',
  strangers: 'the bank moved money only for payouts that their batch has',
  counts: 'the counts of each chunk sum to its size',
  counters: 'the counts and sums of each chunk are those of its payouts',
  whole: 'the chunks and payouts of each batch come to its total and its sums',
  index: 'the payouts that are unknown, failed or returned have the keys by which they are found, and no other has any',
  finished: 'each finished batch has no open chunk, and the status that follows from its payouts',
  claims: 'each payout that may be paid, or was, has the keys that it claims, and no other payout has them',
  duplicates: 'the payouts and the duplicates of each batch are its request, each position once',
  late: 'no batch is late: being stored or discarded, or scheduled for a time that is over',
} as const;
export type PayoutsCheck = keyof typeof PAYOUTS_CHECKS;
export const NEEDING_THE_BANK = [
  'once',
  'completed',
  'returned',
  'strangers',
] as const satisfies readonly PayoutsCheck[];

/** All that the table has of one batch. `ledger`: every instruction of it that reached the bank, if there is a bank to ask. */
export type BatchItems = ClaimItems & {
  readonly header: Item | undefined;
  readonly chunks: readonly Item[];
  readonly payouts: readonly Item[];
  readonly ledger?: readonly LedgerRow[] | undefined;
};

/** The batch of an item; undefined for an unknown kind of item, and for claims. */
export function batchIdOf({ pk, sk }: Item): string | undefined {
  const [, id, chunk] = /^BATCH#([^#]+)(?:#(\d{4}))?$/.exec(`${pk}`) ?? [];
  const form = chunk === undefined ? /^(BATCH|CHUNK#\d{4})$/ : /^(PAYOUT#\d{6}|DUPLICATES)$/;
  return form.test(`${sk}`) ? id : undefined;
}

/** Whether an item says which payout has a key. */
const isClaim = ({ pk, sk }: Item) => sk === 'CLAIM' && CLAIM_KEY.test(`${pk}`);
const CLAIM_KEY = new RegExp(`^CLAIM#(${CLAIM_KINDS.join('|')})#.`, 's');

/**
 * Whether an item is no part of a batch: a claim, invalid entries of a request, what the rail says about a payout, or the counters
 * of a minute.
 */
export const isApart = (item: Item) =>
  isClaim(item) || isRejected(item) || isNotification(item) || item.pk === THROUGHPUT;
const isRejected = ({ pk, sk }: Item) => /^PART#\d{4}$/.test(`${sk}`) && /^BATCH#[^#]+#REJECTED$/.test(`${pk}`);
const isNotification = ({ pk, sk }: Item) => sk === 'NOTIFICATION' && /^NOTIFICATION#./.test(`${pk}`);

/** The items of a whole table by batch. */
export function batchesIn(items: Iterable<Item>): Map<string, BatchItems> {
  const all = [...items];
  const byBatch = Map.groupBy(all, (item) => batchIdOf(item) ?? '');
  byBatch.delete('');
  const claims = all.filter(isClaim);
  return new Map(
    [...byBatch].map(([id, own]) => [
      id,
      {
        header: own.find(({ sk }) => sk === 'BATCH'),
        chunks: own.filter(({ sk }) => `${sk}`.startsWith('CHUNK#')),
        payouts: own.filter(({ sk }) => `${sk}`.startsWith('PAYOUT#')),
        duplicates: own.filter(({ sk }) => sk === 'DUPLICATES'),
        claims,
      },
    ]),
  );
}

/**
 * An open payout may be at the bank at this moment. For such a payout the bank must only not have moved money twice, nor
 * another amount.
 */
export function differencesInBatch(id: string, items: BatchItems, now = Date.now()): Difference<PayoutsCheck>[] {
  const differ = differencesOf<PayoutsCheck>(id, `batch ${id}`);
  const { header, ledger = [] } = items;
  if (!header) {
    const stored = items.chunks.length + items.payouts.length;
    const orphans = differ('whole', stored === 0 ? [] : [`has ${stored} chunks and payouts, but no header`]);
    return [...orphans, ...differencesInStrangers(id, items.payouts, ledger)];
  }
  const unreadable: string[] = [];
  const readAll = <Value>(some: readonly Item[], read: (item: Item) => Value) =>
    some.flatMap((item) => {
      const tried = attempt(() => read(item));
      if ('value' in tried) return tried.value;
      unreadable.push(`${item.pk} ${item.sk}: ${tried.error}`);
      return [];
    });
  const [batch] = readAll([header], batchOf);
  const payouts = readAll(items.payouts, payoutOf);
  const chunks = readAll(items.chunks, chunkOf);
  const duplicates = readAll(items.duplicates, (item) => duplicatesOf(item).duplicates).flat();
  const claims = readAll(items.claims, claimOfItem);
  const byChunk = Map.groupBy(payouts, (payout) => placeOf(payout.id).chunk);
  return [
    ...differ('readable', unreadable),
    ...(items.ledger ? differencesToLedger(id, payouts, ledger) : []),
    ...differencesInStrangers(id, items.payouts, ledger),
    ...differ('index', items.payouts.flatMap(differencesToIndex)),
    ...chunks.flatMap((chunk) => differencesInChunk(chunk, byChunk.get(chunk.number) ?? [])),
    ...(batch ? differencesInTime(batch, now) : []),
    ...(batch && unreadable.length === 0
      ? [
          ...differencesInWhole(batch, chunks, payouts),
          ...differencesInDuplicates(batch, payouts, duplicates),
          ...differencesInClaims(batch, payouts, claims),
        ]
      : []),
  ];
}

function differencesToIndex(item: Item): string[] {
  const tried = attempt(() => statusIndex(payoutOf(item)));
  if (!('value' in tried)) return [];
  const { gsi2pk, gsi2sk } = tried.value;
  const named = instructionOf(item);
  return [
    ...unequal(`partition of ${named} in the index`, `${gsi2pk}`, `${item.gsi2pk}`),
    ...unequal(`position of ${named} in the index`, `${gsi2sk}`, `${item.gsi2sk}`),
  ];
}

function differencesToLedger(batch: string, payouts: readonly Payout[], ledger: readonly LedgerRow[]) {
  const rows = new Map(ledger.map((row) => [row.instruction, row]));
  const found = payouts.flatMap((payout) => differencesToRow(payout, rows.get(payout.id)));
  return found.map((difference) => ({ ...difference, id: batch }));
}

/** Compares with the keys of the payouts: an unreadable payout is no stranger. */
function differencesInStrangers(batch: string, payouts: readonly Item[], ledger: readonly LedgerRow[]) {
  const known = new Set(payouts.map(instructionOf));
  const strangers = ledger.filter(({ instruction, moves }) => moves > 0 && !known.has(instruction));
  const messages = strangers.map(
    ({ instruction, moved_minor: minor, currency }) =>
      `has no payout ${instruction}, but the bank moved ${minor} ${currency} (minor units) for it`,
  );
  return differencesOf<PayoutsCheck>(batch, `batch ${batch}`)('strangers', messages);
}

/** `batch-1.0002.000017`: the id of the payout, from its key. */
const instructionOf = ({ pk, sk }: Item) =>
  `${`${pk}`.slice('BATCH#'.length).replace('#', '.')}.${`${sk}`.slice('PAYOUT#'.length)}`;

function differencesToRow({ id, status, money }: Payout, row: LedgerRow | undefined): Difference<PayoutsCheck>[] {
  const differ = differencesOf<PayoutsCheck>(id, `payout ${id}, ${status}`);
  const moves = row?.moves ?? 0;
  const isPaid = status === 'completed' || status === 'returned';
  // A part that the bank gave back is a dead letter, and the payout stays completed.
  const isGivenBack = row?.returned_minor === `${money.minor}`;
  const [wanted, moved] = [`${money.minor} ${money.currency}`, `${row?.moved_minor} ${row?.currency}`];
  return [
    ...differ('once', moves > 1 ? [`the bank moved money ${moves} times`] : []),
    ...differ('once', moves === 1 ? unequal('moved by the bank, in minor units', wanted, moved) : []),
    ...differ('completed', isPaid && moves === 0 ? ['the bank moved no money'] : []),
    ...differ('completed', isTerminal({ status }) && !isPaid && moves > 0 ? ['the bank moved the money'] : []),
    ...differ('returned', status === 'returned' && !isGivenBack ? ['the bank did not give all of the money back'] : []),
    ...differ('returned', status === 'completed' && isGivenBack ? ['the bank gave the money back'] : []),
  ];
}

function differencesInChunk(chunk: Chunk, payouts: readonly Payout[]): Difference<PayoutsCheck>[] {
  const { batchId, number, size, counts } = chunk;
  const differ = differencesOf<PayoutsCheck>(batchId, `batch ${batchId}, chunk ${number}`);
  const counted = totalsOf(payouts);
  // The counters of a leased chunk call its open payouts processing; the payouts keep their status.
  const expected = chunk.lease ? countersUnderLease(counted).counts : counted.counts;
  return [
    ...differ('counts', unequal('size and sum of the counts', size, sumOf(counts))),
    ...differ('counters', [
      ...unequal('payouts', size, payouts.length),
      ...PAYOUT_STATUSES.flatMap((status) => unequal(status, expected[status], counts[status])),
      ...unequal('retryable failures', counted.failedRetryable, chunk.failedRetryable),
      ...unequal('sums completed', formatSums(counted.completedAmounts), formatSums(chunk.completedAmounts)),
      ...unequal('sums failed', formatSums(counted.failedAmounts), formatSums(chunk.failedAmounts)),
      ...unequal('sums cancelled', formatSums(counted.cancelledAmounts), formatSums(chunk.cancelledAmounts)),
      ...unequal('sums returned', formatSums(counted.returnedAmounts), formatSums(chunk.returnedAmounts)),
    ]),
  ];
}

function differencesInWhole(batch: Batch, chunks: readonly Chunk[], payouts: readonly Payout[]) {
  const differ = differencesOf<PayoutsCheck>(batch.id, `batch ${batch.id}, ${batch.status}`);
  if (isBeingStored(batch)) {
    const most = payouts.length > batch.total ? [`has ${payouts.length} payouts of ${batch.total}`] : [];
    return differ('whole', most);
  }
  const counts = addCounts(chunks.map((chunk) => chunk.counts));
  const amounts = addSums(payouts.map(({ money }) => new Map([[money.currency, money.minor]])));
  // A batch of an upload that was dropped may not have been stored whole.
  const isPart = batch.upload !== undefined && batch.status === 'rejected' && payouts.length < batch.total;
  const whole = [
    ...unequal('chunks', batch.chunkCount, chunks.length),
    ...unequal('payouts', batch.total, payouts.length),
    ...unequal('payouts in the counts', batch.total, sumOf(counts)),
    ...unequal('sums', formatSums(batch.amounts), formatSums(amounts)),
  ];
  const open = chunks.filter(isOpen).map(({ number }) => number);
  const finished = [
    ...(open.length > 0 ? [`chunks ${open.join(', ')} are open`] : []),
    ...unequal('status', finalStatus(totalsOf(payouts).counts, batch.total), batch.status),
  ];
  return [...differ('whole', isPart ? [] : whole), ...(isFinished(batch.status) ? differ('finished', finished) : [])];
}

export const sumOf = (counts: Chunk['counts']) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** A sum of zero equals an absent one. */
export function formatSums(sums: Sums): string {
  const some = [...sums].filter(([, minor]) => minor !== 0n).sort(([a], [b]) => (a < b ? -1 : 1));
  return some.map(([currency, minor]) => `${minor} ${currency}`).join(', ') || 'nothing';
}
