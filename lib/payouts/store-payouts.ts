import { chunk as splitInto } from 'es-toolkit';
import { AppError, type ErrorDetail } from '../kernel/errors.ts';
import { firstReference } from '../rail/index.ts';
import { type Batch, chunkRanges } from './batch.ts';
import { type BatchRequest, duplicatesIn, keyPath, positionAt } from './batch-request.ts';
import type { NewChunk } from './batch-store.ts';
import { totalsOf } from './chunk.ts';
import {
  batchOfHolder,
  type Claim,
  type ClaimKey,
  claimOf,
  type Duplicate,
  type Duplicates,
  differenceTo,
  isBeingStored,
  isFree,
  keysOf,
  nameOf,
} from './claim.ts';
import type { ClaimWrite } from './claim-store.ts';
import { type BatchId, type PayoutId, payoutId, placeOf } from './ids.ts';
import type { Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';

/** Chunks that are stored before the creator's lease is looked at again. */
const CHUNKS_AT_ONCE = 64;
/** The payouts that a batch waits for may not be stored after all. For so long it waits. */
const PATIENCE_MS = 3_000;
const PAUSE_MS = 100;

/** `refused`: why the batch cannot be created. `taken`: claims that no payout may have. */
export type Stored = { readonly batch: Batch } & (
  | { readonly refused?: undefined }
  | { readonly refused: AppError; readonly taken: readonly Claim[] }
);

/**
 * Stores the payouts of a batch that is `creating`, each with its claims in the same transaction; sales are claimed before,
 * because one payout can have more of them than a transaction takes. It can be repeated: it skips what is stored.
 * @throws AppError REQUEST_IN_PROGRESS another request continues the creation
 */
export async function storePayouts(deps: PayoutDeps, creating: Batch, request: BatchRequest): Promise<Stored> {
  const whole = chunksOf(creating, request, new Date(deps.now()).toISOString());
  if (!creating.claims) {
    await deps.batches.insertChunks(whole);
    return { batch: creating };
  }
  const mode = duplicatesIn(request);
  const giveUpAt = deps.now() + PATIENCE_MS;
  const taken: Claim[] = [];
  let batch = creating;
  let rest: readonly NewChunk[] = whole;
  while (rest.length > 0) {
    const decided = await decide(deps, batch.id, mode, rest);
    if (decided.problems.length > 0) {
      return { batch, refused: new AppError('DUPLICATE', { details: decided.problems }), taken };
    }
    if (decided.busy) {
      // Of two batches that wait for each other, the one with the later id gives way.
      const isPatient = batch.id < decided.busy && deps.now() < giveUpAt;
      if (!isPatient) return { batch, refused: beingStored(decided.busy), taken };
      await deps.sleep(PAUSE_MS);
      continue;
    }
    const again = new Set<number>();
    for (const some of splitInto(decided.chunks, CHUNKS_AT_ONCE)) {
      batch = await withLease(deps, batch);
      const sales = some.flatMap(({ claims = [] }) => claims.filter(({ claim }) => claim.kind === 'transaction_id'));
      taken.push(...sales.map(({ claim }) => claim));
      const isTaken = sales.length === 0 || (await deps.claims.take(sales));
      const refused = isTaken ? await deps.batches.insertChunks(some.map(withoutSales)) : some;
      for (const { chunk } of refused) again.add(chunk.number);
    }
    rest = whole.filter(({ chunk }) => again.has(chunk.number));
  }
  return { batch };
}

/** Which payouts of a request are stored, with which claims. */
export type Decided = {
  readonly chunks: NewChunk[];
  /** Payouts that refuse the request. */
  readonly problems: ErrorDetail[];
  /** A batch that is being stored, and may still be refused, has a key. */
  readonly busy: BatchId | undefined;
  /** The payouts whose keys such batches have. They are in `chunks` too. */
  readonly undecided: Duplicate[];
};

/** Reads who has the keys of some chunks, and decides in the order of the request. */
export async function decide(
  deps: Pick<PayoutDeps, 'claims' | 'newId'>,
  id: BatchId,
  mode: Duplicates,
  chunks: readonly NewChunk[],
): Promise<Decided> {
  const keys = new Map(chunks.flatMap(({ payouts }) => payouts.flatMap(keysOf)).map((key) => [nameOf(key), key]));
  const seen = new Map((await deps.claims.read([...keys.values()])).map((claim) => [nameOf(claim), claim]));
  const holders = await heldByOthers(deps, [...seen.values()], id);
  const mine = new Map<string, PayoutId>();
  const problems: ErrorDetail[] = [];
  const stamp = deps.newId();
  const undecided: Duplicate[] = [];

  /** Who has a key of a payout, if another one has. */
  function takenBy(payout: Payout, key: ClaimKey): PayoutId | undefined {
    const name = nameOf(key);
    const claim = seen.get(name);
    if (!claim || claim.holder === payout.id) return mine.get(name);
    const state = holders.get(name);
    if (state === 'being stored') undecided.push(duplicate(payout, key, claim.holder));
    return state === 'held' ? claim.holder : mine.get(name);
  }

  function duplicateOf(payout: Payout): Duplicate | undefined {
    for (const key of keysOf(payout)) {
      const holder = takenBy(payout, key);
      if (!holder) continue;
      const claim = seen.get(nameOf(key));
      const difference = claim && claim.holder === holder ? differenceTo(claim, payout) : '';
      if (mode === 'reject' || difference !== '') problems.push(problemOf(payout, key, holder, difference));
      return duplicate(payout, key, holder);
    }
    return undefined;
  }

  const decided = chunks.map(({ chunk, payouts }): NewChunk => {
    const duplicates: Duplicate[] = [];
    const stored: Payout[] = [];
    const claims: ClaimWrite[] = [];
    for (const payout of payouts) {
      const duplicate = duplicateOf(payout);
      if (duplicate) {
        duplicates.push(duplicate);
        continue;
      }
      stored.push(payout);
      for (const key of keysOf(payout)) {
        const before = seen.get(nameOf(key));
        mine.set(nameOf(key), payout.id);
        claims.push({ claim: claimOf(key, payout, { run: 0, stamp, seen: before }), seen: before });
      }
    }
    return { chunk: { ...chunk, size: stored.length, ...totalsOf(stored) }, payouts: stored, claims, duplicates };
  });
  const [first] = undecided;
  return { chunks: decided, problems, busy: first && batchOfHolder(first), undecided };
}

function duplicate({ id, externalId, money }: Payout, key: ClaimKey, holder: PayoutId): Duplicate {
  return { position: placeOf(id).position, externalId, money, key, holder };
}

type State = 'held' | 'being stored' | 'free';

/**
 * What another payout than the holder can do with keys that have a claim.
 * @param creating a batch that is being stored by the caller: its payouts hold a key only if they are stored
 */
export async function heldByOthers(
  deps: Pick<PayoutDeps, 'claims'>,
  claims: readonly Claim[],
  creating?: BatchId,
): Promise<ReadonlyMap<string, State>> {
  const holders = await deps.claims.holders(claims);
  return new Map(
    claims.map((claim, index): [string, State] => {
      const holder = holders[index] ?? { batch: undefined, chunkRun: 0, status: undefined };
      if (batchOfHolder(claim) === creating) return [nameOf(claim), holder.status === undefined ? 'free' : 'held'];
      if (isBeingStored(holder.batch)) return [nameOf(claim), 'being stored'];
      return [nameOf(claim), isFree(claim, holder) ? 'free' : 'held'];
    }),
  );
}

/** `path`: in this request. `position`: of the other payout in its batch. */
function problemOf(payout: Payout, key: ClaimKey, holder: PayoutId, difference: string): ErrorDetail {
  const { batchId, position } = placeOf(holder);
  const differs = difference === '' ? '' : `, and this one has ${difference}`;
  return {
    path: keyPath(payout, placeOf(payout.id).position - 1, key),
    reason: `${key.value} is that of the payout ${holder} already${differs}`,
    payout_id: holder,
    batch_id: batchId,
    position,
  };
}

export function beingStored(busy: BatchId): AppError {
  const message = `The batch ${busy} has some of these payouts, and is being created. Nothing was stored; try again.`;
  return new AppError('REQUEST_IN_PROGRESS', { message, retryAfter: 1 });
}

function withoutSales(chunk: NewChunk): NewChunk {
  return { ...chunk, claims: (chunk.claims ?? []).filter(({ claim }) => claim.kind !== 'transaction_id') };
}

/** The batch, with its creation reserved for this request for long enough to store the next chunks. */
async function withLease(deps: PayoutDeps, batch: Batch): Promise<Batch> {
  const { creationLeaseMs } = deps.policy;
  const now = deps.now();
  if (batch.creatorUntil - now > creationLeaseMs / 2) return batch;
  const creatorUntil = now + creationLeaseMs;
  if (await deps.batches.adoptCreation(batch.id, batch.creatorUntil, creatorUntil)) return { ...batch, creatorUntil };
  throw new AppError('REQUEST_IN_PROGRESS', { retryAfter: Math.ceil(creationLeaseMs / 1_000) });
}

/** All of a request. With the stored chunk size: the setting may have changed since the first request. */
export function chunksOf(
  { id: batchId, chunkSize }: Pick<Batch, 'id' | 'chunkSize'>,
  { instructions, ...request }: Pick<BatchRequest, 'instructions' | 'positions'>,
  now: string,
): NewChunk[] {
  return chunkRanges(instructions.length, chunkSize).map(({ chunk: number, first, last }) => {
    const payouts = instructions.slice(first - 1, last).map((instruction, index): Payout => {
      const id = payoutId({ batchId, chunk: number, position: positionAt(request, first - 1 + index) });
      const sent = { reference: firstReference(id), attempts: 0, unanswered: false, updatedAt: now };
      return { ...instruction, id, status: 'pending', ...sent };
    });
    const chunk = { batchId, number, size: payouts.length, run: 0, rounds: 0, dueAt: 0, ...totalsOf(payouts) };
    return { chunk, payouts };
  });
}
