import { createHash } from 'node:crypto';
import { countBy } from 'es-toolkit';
import {
  type ApprovalNeed,
  approvalIdFor,
  approvalNeeded,
  approvalOf,
  demandOf,
  requireWithinPayoutLimit,
} from '../access/index.ts';
import type { HmacOf } from '../crypto/index.ts';
import { AppError } from '../kernel/errors.ts';
import { sumByCurrency } from '../kernel/money.ts';
import { askedPayments, batchContent } from './approve-batch.ts';
import { type Batch, chunkRanges } from './batch.ts';
import { batchCreated, batchScheduled } from './batch-events.ts';
import { type BatchRequest, duplicatesIn, pathsIn, positionAt } from './batch-request.ts';
import type { Sums } from './chunk.ts';
import { type Duplicate, keysOf, MOST_CLAIMING_PER_CHUNK } from './claim.ts';
import { discardBatch } from './discard-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { readDuplicates } from './read-batches.ts';
import { rowsToText } from './rejected-row.ts';
import { requireStartAt } from './schedule-batch.ts';
import { startIfNew } from './start-batch.ts';
import { storePayouts } from './store-payouts.ts';

/** `replayed`: an earlier request has created the batch. */
export type Created = { readonly batch: Batch; readonly replayed: boolean };

/**
 * Stores a batch and, with `auto_start`, starts it: first the header, then the chunks, then the status `created` (or
 * `awaiting_approval`, if a rule applies). The same request can be repeated, also in parallel or after a crash: all ids derive
 * from it or from its idempotency key, so it continues where the first one died.
 * @throws AppError IDEMPOTENCY_MISMATCH another request used this id; REQUEST_IN_PROGRESS the same one is running, or one that
 *   has the same payouts; LIMIT_EXCEEDED a limit of the key; DUPLICATE other payouts have the keys of some. Nothing is stored.
 */
export async function createBatch(
  deps: PayoutDeps,
  request: BatchRequest,
  idempotencyKey: string | undefined,
): Promise<Created> {
  const now = deps.now();
  const id = idOf(deps, request, idempotencyKey);
  const digest = digestOf(request);
  const hmacOf = await deps.hmac();
  const payments = () => askedPayments(request.instructions);
  const need = request.upload
    ? undefined
    : await approvalNeeded(deps, { kind: 'batch', payments }, () => approvalIdFor('batch', id));
  const wanted = newHeader(deps, { id, request, now, digest: keyed(hmacOf, digest), need });
  const inserted = await insert(deps, wanted, request, now);
  const batch = inserted.done ? inserted.stored : inserted.found;
  if (!batch) throw new AppError('INTERNAL');
  if (batch.digest !== wanted.digest && batch.digest !== digest) throw otherContent(id);
  if (batch.status === 'creating') {
    const creating = inserted.done ? batch : await adopted(deps, batch, now);
    return { batch: await createAndStart(deps, creating, request), replayed: false };
  }
  if (batch.status === 'discarding') throw new AppError('REQUEST_IN_PROGRESS', { retryAfter: 1 });
  if (batch.status === 'created') await startIfWanted(deps, batch);
  return { batch, replayed: true };
}

export function otherContent(id: BatchId): AppError {
  return new AppError('IDEMPOTENCY_MISMATCH', { message: `The batch ${id} exists with different content.` });
}

async function createAndStart(deps: PayoutDeps, creating: Batch, request: BatchRequest): Promise<Batch> {
  if (request.rejected?.length) await deps.rejected.insert(creating, request.rejected);
  const stored = await storePayouts(deps, creating, request);
  if (stored.refused) {
    await discardBatch(deps, stored.batch, stored.taken);
    throw stored.refused;
  }
  const left = duplicatesIn(request) === 'skip' ? await readDuplicates(deps, stored.batch) : [];
  const batch = withoutDuplicates(stored.batch, request, left);
  const event = batchCreated(deps, batch);
  if (batch.approval) {
    const positions = new Set(left.map(({ position }) => position));
    const payments = askedPayments(
      request.instructions.filter((_, index) => !positions.has(positionAt(request, index))),
    );
    const change = batch.startAt === undefined ? {} : { change: { start_at: batch.startAt } };
    const content = { kind: 'batch', subject: batch.id, digest: batchContent(batch), payments, ...change } as const;
    await deps.batches.markAwaiting(batch, await approvalOf(deps, batch.approval, content), event);
  } else if (batch.upload) {
    await deps.batches.markHeld(batch, event);
  } else {
    await deps.batches.markCreated(batch, deps.now(), [event, ...batchScheduled(deps, batch)]);
    await startIfWanted(deps, batch);
  }
  return batch;
}

async function startIfWanted(deps: PayoutDeps, batch: Batch): Promise<void> {
  if (batch.autoStart && !batch.startAt && !batch.approval) await startIfNew(deps, { ...batch, status: 'created' });
}

/** The batch with the payouts that it has; a chunk without any is done. */
export function withoutDuplicates(
  batch: Batch,
  { instructions, ...request }: Pick<BatchRequest, 'instructions' | 'positions'>,
  duplicates: readonly Duplicate[],
): Batch {
  if (duplicates.length === 0) return batch;
  const places = new Map(instructions.map((_, index) => [positionAt(request, index), index]));
  const perChunk = countBy(duplicates, ({ position }) => Math.floor((places.get(position) ?? 0) / batch.chunkSize) + 1);
  const ranges = chunkRanges(batch.total, batch.chunkSize);
  const empty = ranges.filter(({ chunk, first, last }) => perChunk[chunk] === last - first + 1);
  return {
    ...batch,
    total: batch.total - duplicates.length,
    duplicates: duplicates.length,
    amounts: less(batch.amounts, sumByCurrency(duplicates.map(({ money }) => money))),
    chunksDone: new Set(empty.map(({ chunk }) => chunk)),
  };
}

function less(amounts: Sums, left: Sums): Sums {
  const rest = [...amounts].map(([currency, minor]) => [currency, minor - (left.get(currency) ?? 0n)] as const);
  return new Map(rest.filter(([, minor]) => minor > 0n));
}

/**
 * Stores the header within the limits of the key and of the time. An earlier request with this id was within them. `stored`: with
 * what it reserves, which a refusal gives back.
 */
async function insert(deps: PayoutDeps, wanted: Batch, request: BatchRequest, now: number) {
  const { instructions, startAt } = request;
  const principal = deps.principal();
  try {
    if (startAt !== undefined) requireStartAt(startAt, now);
    requireWithinPayoutLimit(principal, instructions, pathsIn(request));
  } catch (refusal) {
    const found = await deps.batches.read(wanted.id);
    if (found) return { done: false, found } as const;
    throw refusal;
  }
  const demand = demandOf(principal, wanted.amounts, now);
  const reserved = demand && { reservation: { ...demand.reservation, paidBefore: new Map() } };
  const stored: Batch = { ...wanted, ...reserved };
  return { stored, ...(await deps.batches.insert(stored, demand)) } as const;
}

/** Only one request at a time creates a batch. When its time is over, another one takes its place. */
async function adopted(deps: PayoutDeps, batch: Batch, now: number): Promise<Batch> {
  const isAbandoned = batch.creatorUntil <= now;
  const creatorUntil = now + deps.policy.creationLeaseMs;
  if (isAbandoned && (await deps.batches.adoptCreation(batch.id, batch.creatorUntil, creatorUntil))) {
    return { ...batch, creatorUntil };
  }
  const left = Math.max(batch.creatorUntil - now, 1_000);
  throw new AppError('REQUEST_IN_PROGRESS', { retryAfter: Math.ceil(left / 1_000) });
}

type Wanted = {
  readonly id: BatchId;
  readonly request: BatchRequest;
  readonly now: number;
  readonly digest: string;
  readonly need: ApprovalNeed | undefined;
};

export function newHeader(deps: PayoutDeps, { id, request, now, digest, need }: Wanted): Batch {
  const { instructions, autoStart, startAt, upload } = request;
  const claims = instructions.some((instruction) => keysOf(instruction).length > 0);
  const chunkSize = claims ? Math.min(deps.policy.chunkSize, MOST_CLAIMING_PER_CHUNK) : deps.policy.chunkSize;
  return {
    id,
    status: 'creating',
    run: 0,
    total: instructions.length,
    chunkSize,
    chunkCount: Math.ceil(instructions.length / chunkSize),
    amounts: sumByCurrency(instructions.map((instruction) => instruction.money)),
    digest,
    autoStart,
    upload,
    startAt,
    reschedules: 0,
    claims,
    duplicates: 0,
    invalid: request.rejected?.length ?? 0,
    ...(need ? { approval: need } : {}),
    createdAt: new Date(now).toISOString(),
    creatorUntil: now + deps.policy.creationLeaseMs,
    dispatchedAt: 0,
    chunksDone: new Set(),
    reopening: false,
    cancels: 0,
    spent: [],
  };
}

/** The SHA-256 alone would tell the account: all other parts of a payout can be read, and few accounts are possible. */
export const keyed = (hmacOf: HmacOf, digest: string) => hmacOf('batch', digest);

/** Versions before data version 5 stored this. */
export function digestOf({
  instructions,
  autoStart,
  startAt,
  duplicates,
  onInvalid,
  rejected = [],
  upload,
}: BatchRequest): string {
  const hash = createHash('sha256').update(startAt === undefined ? `${autoStart}` : `${autoStart} ${startAt}`);
  for (const { externalId, payee, money, destination, transactionIds, claims } of instructions) {
    const facts = [externalId, payee.id, payee.name, `${money.minor}`, money.currency, destination, transactionIds];
    hash.update(JSON.stringify(claims ? [...facts, claims] : facts));
  }
  if (duplicates) hash.update(duplicates);
  if (upload) hash.update(upload); // no other request can be the same
  if (onInvalid) hash.update(`on_invalid ${onInvalid} ${rowsToText(rejected)}`);
  return hash.digest('hex');
}

/** The id of the batch that a request makes. */
export function idOf(
  { newId }: Pick<PayoutDeps, 'newId'>,
  { batchId }: Pick<BatchRequest, 'batchId'>,
  idempotencyKey: string | undefined,
): BatchId {
  return (batchId ?? generatedId(idempotencyKey ?? newId())) as BatchId;
}

function generatedId(seed: string): string {
  return `bat_${createHash('sha256').update(seed).digest('hex').slice(0, 24)}`;
}
