import {
  type ApprovalRule,
  dayLimitExceeded,
  demandOf,
  type Room,
  requireWithinPayoutLimit,
  roomFor,
  rulesMet,
} from '../access/index.ts';
import { AppError, type ErrorDetail } from '../kernel/errors.ts';
import { askedPayments } from './approve-batch.ts';
import type { Batch } from './batch.ts';
import { type BatchRequest, duplicatesIn, pathsIn } from './batch-request.ts';
import type { Duplicate } from './claim.ts';
import { digestOf, idOf, keyed, newHeader, otherContent, withoutDuplicates } from './create-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { readDuplicates, type ShownDuplicate, withHolders } from './read-batches.ts';
import type { RejectedRow } from './rejected-row.ts';
import { requireStartAt } from './schedule-batch.ts';
import { beingStored, chunksOf, decide } from './store-payouts.ts';

/** What a request would do now. Other requests may change it before it is sent. */
export type DryRun = {
  /** The error that the request would get. Absent: the request would succeed. */
  readonly refusal?: AppError | undefined;
  /** All reasons to refuse it. */
  readonly problems: readonly ErrorDetail[];
  /** The batch that has its id. */
  readonly existing?: { readonly batch: Batch; readonly isSame: boolean } | undefined;
  /** With the payouts that would be stored. */
  readonly batch: Batch;
  readonly duplicates: readonly ShownDuplicate[];
  /** Payouts whose keys batches have that are being stored. They count as stored. */
  readonly undecided: readonly Duplicate[];
  readonly rejected: readonly RejectedRow[];
  readonly limits: readonly Room[];
  readonly rules: readonly ApprovalRule[];
};

/** Does what {@link createBatch} does up to its first write, and decides about every payout. It stores nothing. */
export async function dryRun(
  deps: PayoutDeps,
  request: BatchRequest,
  idempotencyKey: string | undefined,
): Promise<DryRun> {
  const now = deps.now();
  const id = idOf(deps, request, idempotencyKey);
  const digest = digestOf(request);
  const wanted = newHeader(deps, { id, request, now, digest: keyed(await deps.hmac(), digest), need: undefined });
  const payments = () => askedPayments(request.instructions);
  const [existing, { met: rules }] = await Promise.all([
    readExisting(deps, wanted, digest),
    rulesMet(deps, { kind: 'batch', payments }),
  ]);
  const room = await readRoom(deps, wanted, now);
  const fate = isStored(existing)
    ? await storedFate(deps, existing.batch)
    : await fateOf(deps, wanted, request, existing);
  const refusals = [
    ...(existing ? refusalsOf(existing, now) : [...refusalsOfRequest(deps, request, now), ...room.refusals]),
    ...fate.refusals,
  ];
  return {
    refusal: refusals[0],
    problems: refusals.flatMap(problemsOf),
    existing,
    batch: fate.batch,
    duplicates: await withHolders(deps, fate.duplicates),
    undecided: fate.undecided,
    rejected: request.rejected ?? [],
    limits: room.rooms,
    rules,
  };
}

type Existing = NonNullable<DryRun['existing']>;

async function readExisting(deps: PayoutDeps, { id, digest }: Batch, plain: string): Promise<Existing | undefined> {
  const batch = await deps.batches.read(id);
  return batch && { batch, isSame: batch.digest === digest || batch.digest === plain };
}

/** A repeated request is answered with what is stored. */
const isStored = (existing: Existing | undefined): existing is Existing =>
  existing?.isSame === true && existing.batch.status !== 'creating' && existing.batch.status !== 'discarding';

function refusalsOf({ batch, isSame }: Existing, now: number): AppError[] {
  if (!isSame) return [otherContent(batch.id)];
  const isBusy = batch.status === 'discarding' || (batch.status === 'creating' && batch.creatorUntil > now);
  return isBusy ? [new AppError('REQUEST_IN_PROGRESS', { retryAfter: 1 })] : [];
}

function refusalsOfRequest(deps: PayoutDeps, request: BatchRequest, now: number): AppError[] {
  const { instructions, startAt } = request;
  return [
    ...refusalBy(() => startAt === undefined || requireStartAt(startAt, now)),
    ...refusalBy(() => requireWithinPayoutLimit(deps.principal(), instructions, pathsIn(request))),
  ];
}

function refusalBy(check: () => unknown): AppError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof AppError) return [error];
    throw error;
  }
}

/** The request reserves all of its amounts, also those of duplicates. */
async function readRoom(
  deps: PayoutDeps,
  { amounts }: Batch,
  now: number,
): Promise<{ rooms: Room[]; refusals: AppError[] }> {
  const demand = demandOf(deps.principal(), amounts, now);
  if (!demand) return { rooms: [], refusals: [] };
  const { keyId, day } = demand.reservation;
  const rooms = roomFor(demand, await deps.limits.usedOn(keyId, day));
  const exceeded = rooms.filter(({ asked, limit, used }) => asked + used > limit);
  const used = new Map(exceeded.map((each) => [each.currency, each.used]));
  return { rooms, refusals: exceeded.length > 0 ? [dayLimitExceeded(demand, used)] : [] };
}

/** What happens to the payouts of a request. */
type Fate = Pick<DryRun, 'batch' | 'undecided'> & {
  readonly duplicates: readonly Duplicate[];
  readonly refusals: readonly AppError[];
};

async function storedFate(deps: PayoutDeps, batch: Batch): Promise<Fate> {
  return { batch, duplicates: await readDuplicates(deps, batch), undecided: [], refusals: [] };
}

async function fateOf(
  deps: PayoutDeps,
  wanted: Batch,
  request: BatchRequest,
  existing: Existing | undefined,
): Promise<Fate> {
  if (!wanted.claims) return { batch: wanted, duplicates: [], undecided: [], refusals: [] };
  // Another batch under this id has its keys, not this one.
  const id = existing && !existing.isSame ? (deps.newId() as BatchId) : wanted.id;
  const chunks = chunksOf({ ...wanted, id }, request, wanted.createdAt);
  const decided = await decide(deps, id, duplicatesIn(request), chunks);
  const duplicates = decided.chunks.flatMap((chunk) => chunk.duplicates ?? []);
  return {
    batch: withoutDuplicates(wanted, request, duplicates),
    duplicates,
    undecided: decided.undecided,
    refusals: [
      ...(decided.problems.length > 0 ? [new AppError('DUPLICATE', { details: decided.problems })] : []),
      ...(decided.busy ? [beingStored(decided.busy)] : []),
    ],
  };
}

const problemsOf = ({ details, message }: AppError): readonly ErrorDetail[] =>
  details.length > 0 ? details : [{ path: 'batch_id', reason: message }];
