import { createHash } from 'node:crypto';
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
import { firstReference } from '../rail/index.ts';
import { askedPayments, batchContent } from './approve-batch.ts';
import { type Batch, chunkRanges } from './batch.ts';
import { batchCreated, batchScheduled } from './batch-events.ts';
import { amountPath, type BatchRequest } from './batch-request.ts';
import { type Chunk, totalsOf } from './chunk.ts';
import { type BatchId, payoutId } from './ids.ts';
import type { Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { requireStartAt } from './schedule-batch.ts';
import { startIfNew } from './start-batch.ts';

/** `replayed`: an earlier request has created the batch. */
export type Created = { readonly batch: Batch; readonly replayed: boolean };

/**
 * Stores a batch and, with `auto_start`, starts it: first the header, then the chunks, then the status `created`. The same
 * request can be repeated, also in parallel or after a crash: all ids derive from it, so it continues where the first one
 * died. Without a batch id, the id derives from the idempotency key if there is one. A batch that meets a rule gets the
 * status `awaiting_approval` instead, and nothing starts it before it is approved.
 * @throws AppError IDEMPOTENCY_MISMATCH another request used this id; REQUEST_IN_PROGRESS the same one is running;
 *   LIMIT_EXCEEDED a limit of the key, and nothing was stored
 */
export async function createBatch(
  deps: PayoutDeps,
  request: BatchRequest,
  idempotencyKey: string | undefined,
): Promise<Created> {
  const now = deps.now();
  const id = (request.batchId ?? generatedId(idempotencyKey ?? deps.newId())) as BatchId;
  const digest = digestOf(request);
  const hmacOf = await deps.hmac();
  const payments = () => askedPayments(request.instructions);
  const need = await approvalNeeded(deps, { kind: 'batch', payments }, () => approvalIdFor('batch', id));
  const wanted = header(deps, { id, request, now, digest: keyed(hmacOf, digest), need });
  const inserted = await insert(deps, wanted, request, now);
  const batch = inserted.done ? wanted : inserted.found;
  if (!batch) throw new AppError('INTERNAL');
  if (batch.digest !== wanted.digest && batch.digest !== digest) {
    throw new AppError('IDEMPOTENCY_MISMATCH', { message: `The batch ${id} exists with different content.` });
  }
  if (batch.status === 'creating') {
    if (!inserted.done) await adopt(deps, batch, now);
    await deps.batches.insertChunks(chunksOf(batch, request, new Date(now).toISOString()));
    const event = batchCreated(deps, batch);
    if (batch.approval) {
      const change = batch.startAt === undefined ? {} : { change: { start_at: batch.startAt } };
      const about = { kind: 'batch', subject: id, digest: batchContent(batch) } as const;
      const content = { ...about, payments: payments(), ...change };
      await deps.batches.markAwaiting(id, await approvalOf(deps, batch.approval, content), event);
    } else await deps.batches.markCreated(batch, deps.now(), [event, ...batchScheduled(deps, batch)]);
  }
  if (
    batch.autoStart &&
    !batch.startAt &&
    !batch.approval &&
    (batch.status === 'creating' || batch.status === 'created')
  ) {
    await startIfNew(deps, { ...batch, status: 'created' });
  }
  return { batch, replayed: !inserted.done && batch.status !== 'creating' };
}

/** Stores the header within the limits of the key and of the time. An earlier request with this id was within them. */
async function insert(deps: PayoutDeps, wanted: Batch, { instructions, startAt }: BatchRequest, now: number) {
  const principal = deps.principal();
  try {
    if (startAt !== undefined) requireStartAt(startAt, now);
    requireWithinPayoutLimit(principal, instructions, amountPath);
  } catch (refusal) {
    const found = await deps.batches.read(wanted.id);
    if (found) return { done: false, found } as const;
    throw refusal;
  }
  const demand = demandOf(principal, wanted.amounts, now);
  if (!demand) return deps.batches.insert(wanted);
  const reservation = { ...demand.reservation, paidBefore: new Map() };
  return deps.batches.insert({ ...wanted, reservation }, demand);
}

/** Only one request at a time creates a batch. When its time is over, another one takes its place. */
async function adopt(deps: PayoutDeps, batch: Batch, now: number): Promise<void> {
  const isAbandoned = batch.creatorUntil <= now;
  if (
    isAbandoned &&
    (await deps.batches.adoptCreation(batch.id, batch.creatorUntil, now + deps.policy.creationLeaseMs))
  )
    return;
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

function header(deps: PayoutDeps, { id, request, now, digest, need }: Wanted): Batch {
  const { instructions, autoStart, startAt } = request;
  return {
    id,
    status: 'creating',
    run: 0,
    total: instructions.length,
    chunkSize: deps.policy.chunkSize,
    chunkCount: Math.ceil(instructions.length / deps.policy.chunkSize),
    amounts: sumByCurrency(instructions.map((instruction) => instruction.money)),
    digest,
    autoStart,
    startAt,
    reschedules: 0,
    ...(need ? { approval: need } : {}),
    createdAt: new Date(now).toISOString(),
    creatorUntil: now + deps.policy.creationLeaseMs,
    dispatchedAt: 0,
    chunksDone: new Set(),
    reopening: false,
    spent: [],
  };
}

/** With the stored chunk size: the setting may have changed since the first request. */
function chunksOf(batch: Batch, { instructions }: BatchRequest, now: string): { chunk: Chunk; payouts: Payout[] }[] {
  return chunkRanges(batch.total, batch.chunkSize).map(({ chunk: number, first, last }) => {
    const payouts = instructions.slice(first - 1, last).map((instruction, index): Payout => {
      const id = payoutId({ batchId: batch.id, chunk: number, position: first + index });
      return {
        ...instruction,
        id,
        status: 'pending',
        reference: firstReference(id),
        attempts: 0,
        unanswered: false,
        updatedAt: now,
      };
    });
    const chunk: Chunk = {
      batchId: batch.id,
      number,
      size: payouts.length,
      run: 0,
      rounds: 0,
      dueAt: 0,
      ...totalsOf(payouts),
    };
    return { chunk, payouts };
  });
}

/** The SHA-256 alone would tell the account: all other parts of a payout can be read, and few accounts are possible. */
const keyed = (hmacOf: HmacOf, digest: string) => hmacOf('batch', digest);

/** Versions before data version 5 stored this. */
function digestOf({ instructions, autoStart, startAt }: BatchRequest): string {
  const hash = createHash('sha256').update(startAt === undefined ? `${autoStart}` : `${autoStart} ${startAt}`);
  for (const { externalId, payee, money, destination, transactionIds } of instructions) {
    hash.update(
      JSON.stringify([externalId, payee.id, payee.name, `${money.minor}`, money.currency, destination, transactionIds]),
    );
  }
  return hash.digest('hex');
}

function generatedId(seed: string): string {
  return `bat_${createHash('sha256').update(seed).digest('hex').slice(0, 24)}`;
}
