import { isEqual, pick } from 'es-toolkit';
import { z } from 'zod';
import type { Reservation } from '../access/index.ts';
import { approvalNeed, reservation, reservationFields } from '../access/items.ts';
import type { FieldPlace, Opener, Sealer } from '../crypto/index.ts';
import {
  absentAs,
  digits,
  entity,
  type Fields,
  fields,
  flat,
  type Item,
  json,
  sums,
  text,
  trusted,
} from '../kernel/codec.ts';
import type { Currency, Money } from '../kernel/money.ts';
import { firstReference } from '../rail/index.ts';
import { attemptFields, leaseFields, refusal } from '../rail/items.ts';
import { deadLetter } from '../recovery/items.ts';
import { BATCH_STATUSES, type Batch, type BatchState, type RunReservation } from './batch.ts';
import { type Chunk, type ChunkTotals, type Counts, isOpen, type Sums } from './chunk.ts';
import { type Claim, type ClaimedPayment, type ClaimKey, type Duplicate, nameOf } from './claim.ts';
import { type BatchId, type PayoutId, type PayoutPlace, placeOf } from './ids.ts';
import { MISFITS, NOTIFICATION_STATUSES, type Notification, type NotificationStatus } from './notification.ts';
import {
  type Cancellation,
  CLAIM_KINDS,
  type Destination,
  type Instruction,
  isSearched,
  PAYOUT_STATUSES,
  type Payout,
  type PayoutFacts,
  type PayoutState,
  type PayoutStatus,
  type Returned,
  type SearchedStatus,
} from './payout.ts';

/**
 * How batches are stored in DynamoDB:
 *
 *     pk BATCH#<id>         sk BATCH            header
 *     pk BATCH#<id>         sk CHUNK#<0001>     lease, counters
 *     pk BATCH#<id>#<0001>  sk PAYOUT#<000001>  the payout
 *                                               gsi2, sparse, STATUS#<status>#<0..7>: unknown, failed and returned ones, by time
 *     pk BATCH#<id>#<0001>  sk DUPLICATES       payouts of the request that are not stored, because others have their keys
 *     pk BATCH#<id>#REJECTED sk PART#<0001>     invalid entries of the request, encrypted
 *     pk CLAIM#<kind>#<key> sk CLAIM            which payout has a key
 *     pk NOTIFICATION#<id>  sk NOTIFICATION     what the rail says about a payout that it gave back
 *
 * Amounts are strings, so that no digit is lost; the database does not compute with them. Accounts and PIX keys are encrypted
 * within the instruction.
 */

export const batchKey = (id: BatchId) => ({ pk: `BATCH#${id}`, sk: 'BATCH' });
export const chunkKey = (id: BatchId, chunk: number) => ({ pk: `BATCH#${id}`, sk: `CHUNK#${pad(chunk, 4)}` });
export const payoutKey = ({ batchId, chunk, position }: PayoutPlace) => ({
  pk: chunkPartition(batchId, chunk),
  sk: `PAYOUT#${pad(position, 6)}`,
});
export const chunkPartition = (id: BatchId, chunk: number) => `BATCH#${id}#${pad(chunk, 4)}`;

export const rejectedKey = (id: BatchId, part: number) => ({ pk: `BATCH#${id}#REJECTED`, sk: `PART#${pad(part, 4)}` });

/** All headers, newest first (gsi1), and those that may need recovery (gsi2, sparse). */
export const ALL_BATCHES = 'BATCH';
/** In gsi2: those that start by themselves, by their time. */
export const SCHEDULED_BATCHES = 'SCHEDULED';
export const scheduleIndex = ({ id, startAt }: Pick<Batch, 'id' | 'startAt'>) => ({
  gsi2pk: SCHEDULED_BATCHES,
  gsi2sk: `${startAt}#${id}`,
});

const runReservation = json(fields<RunReservation>({ ...reservationFields, paidBefore: sums<Currency>() }));

const cancellation = json(fields<Cancellation>({ reason: text(), at: text() }));
const finalCounts = json(trusted<Counts>());

const batchFields: Fields<Batch> = {
  id: text<BatchId>(),
  status: z.enum(BATCH_STATUSES),
  run: z.int(),
  total: z.int(),
  chunkSize: z.int(),
  chunkCount: z.int(),
  amounts: sums<Currency>(),
  digest: text(),
  autoStart: z.boolean(),
  upload: text().optional(),
  approval: approvalNeed.optional(),
  startAt: text().optional(),
  scheduledAt: text().optional(),
  reschedules: absentAs(0, z.int()),
  startedLateSeconds: z.int().optional(),
  approvedAt: text().optional(),
  createdAt: text(),
  creatorUntil: z.number(),
  dispatchedAt: z.number(),
  claims: absentAs(false, z.boolean()),
  duplicates: absentAs(0, z.int()),
  invalid: absentAs(0, z.int()),
  chunksDone: absentAs<ReadonlySet<number>>(new Set(), z.set(z.int())),
  reopening: absentAs(false, z.boolean()),
  cancellation: cancellation.optional(),
  cancels: absentAs(0, z.int()),
  startedAt: text().optional(),
  finishedAt: text().optional(),
  finalCounts: finalCounts.optional(),
  reservation: runReservation.optional(),
  spent: absentAs<readonly Reservation[]>([], json(z.array(reservation))),
};

/** The attribute that the begin of a run replaces, and the one that its end replaces. */
export const { encode: reservationItem } = entity(
  fields<{ readonly reservation: RunReservation }>({ reservation: runReservation }),
);
/** The attributes that the end of the creation replaces. */
export const { encode: amountsItem } = entity<Pick<Batch, 'total' | 'amounts' | 'duplicates' | 'chunksDone'>>(
  fields(pick(batchFields, ['total', 'amounts', 'duplicates', 'chunksDone'])),
);
export const { encode: finalCountsItem } = entity(
  fields<{ readonly finalCounts?: Counts | undefined }>({ finalCounts: finalCounts.optional() }),
);
export const { encode: spentItem } = entity<Pick<Batch, 'spent'>>(fields(pick(batchFields, ['spent'])));

export const { encode: batchItem, decode: batchOf } = entity(fields(batchFields), (batch) => ({
  ...batchKey(batch.id),
  gsi1pk: ALL_BATCHES,
  gsi1sk: `${batch.createdAt}#${batch.id}`,
  ...((batch.autoStart && !batch.approval && batch.startAt === undefined) || batch.claims
    ? { gsi2pk: ALL_BATCHES, gsi2sk: batch.id }
    : {}),
}));

/** The attribute that a cancel replaces. */
export const { encode: cancellationItem } = entity(fields<{ readonly cancellation: Cancellation }>({ cancellation }));

/** Whether a payout has ended, without its account. */
export const { decode: statusOf } = entity(
  fields<{ readonly status: PayoutStatus }>({ status: z.enum(PAYOUT_STATUSES) }),
);
/** The attributes that decide whether work on a batch may continue. */
export const { decode: batchStateOf } = entity<BatchState>(fields(pick(batchFields, ['status', 'run', 'cancels'])));

/** The attributes that each outcome replaces. */
const totalsFields: Fields<ChunkTotals> = {
  counts: flat<Counts>(
    {
      pending: z.int(),
      processing: z.int(),
      completed: z.int(),
      failed: z.int(),
      retrying: z.int(),
      unknown: z.int(),
      cancelled: absentAs(0, z.int()),
      returned: absentAs(0, z.int()),
    },
    { prefix: 'n_' },
  ),
  failedRetryable: z.int(),
  completedAmounts: sums<Currency>(),
  failedAmounts: sums<Currency>(),
  cancelledAmounts: absentAs<Sums>(new Map(), sums<Currency>()),
  returnedAmounts: absentAs<Sums>(new Map(), sums<Currency>()),
};
export const { encode: totalsItem } = entity<ChunkTotals>(fields(totalsFields));

const chunk = fields<Chunk>({
  ...totalsFields,
  batchId: text<BatchId>(),
  number: z.int(),
  size: z.int(),
  run: z.int(),
  rounds: z.int(),
  dueAt: z.number(),
  resentAt: z.number().optional(),
  lease: leaseFields,
  deadLetter: deadLetter.optional(),
});

export const { encode: chunkItem, decode: chunkOf } = entity(chunk, (chunk) => ({
  ...chunkKey(chunk.batchId, chunk.number),
  open: isOpen(chunk),
}));

export const notificationKey = (id: string) => ({ pk: `NOTIFICATION#${id}`, sk: 'NOTIFICATION' });

/** Those of a status, newest first (gsi1). */
export const notificationsIn = (status: NotificationStatus, receivedAt: string, id: string) => ({
  gsi1pk: `NOTIFICATION#${status}`,
  gsi1sk: `${receivedAt}#${id}`,
});

const returned = z.object({ code: z.string(), at: z.string() }) satisfies z.ZodType<Returned>;

export const { encode: notificationItem, decode: notificationOf } = entity<Notification>(
  fields<Notification>({
    id: text(),
    reference: text(),
    money: flat<Money>({ minor: digits(), currency: text<Currency>() }),
    returned,
    receivedAt: text(),
    status: z.enum(NOTIFICATION_STATUSES),
    misfit: z.enum(MISFITS).optional(),
    waitingSince: z.number(),
    redrives: absentAs(0, z.int()),
  }),
  ({ id, status, receivedAt }) => ({ ...notificationKey(id), ...notificationsIn(status, receivedAt, id) }),
);

const destination = z.discriminatedUnion('type', [
  z.object({ type: z.literal('bank_account'), bankAccount: z.string(), bankName: z.string() }),
  z.object({ type: z.literal('pix'), pixKey: z.string() }),
]) satisfies z.ZodType<Destination>;

const instruction = fields<Instruction>({
  externalId: text(),
  payee: fields<Instruction['payee']>({ id: text(), name: text().optional() }),
  money: flat<Money>({ minor: digits(), currency: text<Currency>() }),
  destination,
  transactionIds: z.array(z.string()),
  claims: z.array(z.enum(CLAIM_KINDS)).optional(),
});

/** The caller's instruction never changes and nothing reads its parts separately, so it is one attribute. */
const instructions = entity(
  fields<{ readonly pk: string; readonly sk: string; readonly instruction: Instruction }>({
    pk: text(),
    sk: text(),
    instruction: json(instruction),
  }),
);

/** The fields that an attempt changes. The first reference derives from the key and is not stored. */
type Progress<State = PayoutState> = State &
  Pick<PayoutFacts, 'attempts' | 'unanswered' | 'updatedAt' | 'cancellation'> & { readonly reference?: string };
type StateIn<Status> = Extract<PayoutState, { status: Status }>;

const common = { ...attemptFields, updatedAt: text(), cancellation: cancellation.optional() };
const progress = entity<Progress>(
  z.discriminatedUnion('status', [
    fields<Progress<StateIn<'pending' | 'unknown' | 'cancelled'>>>({
      ...common,
      status: z.enum(['pending', 'unknown', 'cancelled']),
    }),
    fields<Progress<StateIn<'retrying' | 'failed'>>>({
      ...common,
      status: z.enum(['retrying', 'failed']),
      failure: refusal,
    }),
    fields<Progress<StateIn<'completed'>>>({ ...common, status: z.literal('completed'), bankId: text() }),
    fields<Progress<StateIn<'returned'>>>({
      ...common,
      status: z.literal('returned'),
      bankId: text(),
      returned,
    }),
  ]),
);

/** The payout as it is stored: its account encrypted. */
export function sealPayout(sealer: Sealer, payout: Payout): Payout {
  return withAccount(payout, (account, at) => sealer.seal(account, at));
}

/** The payout with its account in plain. */
export function openPayout(opener: Opener, payout: Payout): Payout {
  return withAccount(payout, (account, at) => opener.open(account, at));
}

function withAccount(payout: Payout, change: (account: string, at: FieldPlace) => string): Payout {
  const { destination } = payout;
  const at = { ...payoutKey(placeOf(payout.id)), attribute: 'instruction' };
  return {
    ...payout,
    destination:
      destination.type === 'pix'
        ? { ...destination, pixKey: change(destination.pixKey, at) }
        : { ...destination, bankAccount: change(destination.bankAccount, at) },
  };
}

export function payoutItem(payout: Payout): Item {
  const { externalId, payee, money, destination, transactionIds, claims } = payout;
  const instruction = { externalId, payee, money, destination, transactionIds, ...(claims ? { claims } : {}) };
  return { ...instructions.encode({ ...payoutKey(placeOf(payout.id)), instruction }), ...progressItem(payout) };
}

export function payoutOf(item: Item): Payout {
  const { pk, sk, instruction } = instructions.decode(item);
  const id = payoutIdOf(pk, sk);
  return { id, ...instruction, reference: firstReference(id), ...progress.decode(item) };
}

/** The attributes that a change replaces; undefined for those that it removes. */
export function payoutChanges(before: Payout, after: Payout): Item {
  const [was, is] = [progressItem(before), progressItem(after)];
  const names = Object.keys({ ...was, ...is }).filter((name) => !isEqual(was[name], is[name]));
  return Object.fromEntries(names.map((name) => [name, is[name]]));
}

export const claimKey = (key: ClaimKey) => ({ pk: `CLAIM#${nameOf(key)}`, sk: 'CLAIM' });
export const duplicatesKey = (id: BatchId, chunk: number) => ({ pk: chunkPartition(id, chunk), sk: 'DUPLICATES' });

const moneyFields = flat<Money>({ minor: digits(), currency: text<Currency>() });
export const { encode: claimItem, decode: claimOfItem } = entity(
  fields<Claim>({
    kind: z.enum(CLAIM_KINDS),
    value: text(),
    holder: text<PayoutId>(),
    run: absentAs(0, z.int()),
    stamp: text(),
    payment: json(fields<ClaimedPayment>({ money: moneyFields, payeeId: text() })).optional(),
    earlier: absentAs<readonly PayoutId[]>([], z.array(text<PayoutId>())),
  }),
  claimKey,
);

const duplicate = fields<Duplicate>({
  position: z.int(),
  externalId: text(),
  money: moneyFields,
  key: z.object({ kind: z.enum(CLAIM_KINDS), value: z.string() }),
  holder: text<PayoutId>(),
});
export const { encode: duplicatesItem, decode: duplicatesOf } = entity(
  fields<{ readonly duplicates: readonly Duplicate[] }>({ duplicates: json(z.array(duplicate)) }),
);

function progressItem(payout: Payout): Item {
  const { reference, ...rest } = payout;
  const stored = reference === firstReference(rest.id) ? rest : { ...rest, reference };
  return { ...progress.encode(stored), ...statusIndex(payout) };
}

/** About 1,000 payouts a second can fail in each. */
export const STATUS_SHARDS = 8;
export const statusPartition = (status: SearchedStatus, shard: number) => `STATUS#${status}#${shard}`;

/** In gsi2: where a payout is found by its status, in the order of their last changes. Other payouts are not in the index. */
export function statusIndex({ id, status, updatedAt }: Pick<Payout, 'id' | 'status' | 'updatedAt'>): Item {
  if (!isSearched(status)) return {};
  return {
    gsi2pk: statusPartition(status, placeOf(id).position % STATUS_SHARDS),
    gsi2sk: `${updatedAt}#${id}`,
  };
}

/** `BATCH#<id>#<0001>` and `PAYOUT#<000001>` are the payout id `<id>.<0001>.<000001>`. */
function payoutIdOf(pk: string, sk: string): PayoutId {
  return `${pk.slice('BATCH#'.length).replace('#', '.')}.${sk.slice('PAYOUT#'.length)}` as PayoutId;
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
