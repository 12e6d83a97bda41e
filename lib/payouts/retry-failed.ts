import { partition } from 'es-toolkit';
import pMap from 'p-map';
import { demandOf, limitsAmounts, requireWithinPayoutLimit } from '../access/index.ts';
import { AppError, invariant, orNotFound } from '../kernel/errors.ts';
import { sumByCurrency } from '../kernel/money.ts';
import { type Batch, isFinished } from './batch.ts';
import { batchRetried, payoutsEnded } from './batch-events.ts';
import { amountPath } from './batch-request.ts';
import { type Chunk, isOpen, paidBy, totalsOf } from './chunk.ts';
import { claimOf, keysOf, nameOf } from './claim.ts';
import type { ClaimWrite } from './claim-store.ts';
import { type BatchId, type PayoutId, placeOf } from './ids.ts';
import { type Payout, refuseReopening, reopen } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { dispatchOpenChunks } from './start-batch.ts';
import { heldByOthers } from './store-payouts.ts';

const PARALLEL_CHUNKS = 8;

/**
 * Re-opens retryable failures of a finished batch, with new attempts, and starts a new run for them. It does not change
 * permanent failures, nor a batch without such failures. It counts towards the limits of the key that asks for it.
 * @param codes of the failures to re-open; undefined for all that are retryable
 * @returns the batch, and how many payouts were re-opened
 * @throws AppError NOT_FOUND, INVALID_STATE, LIMIT_EXCEEDED: nothing was re-opened
 */
export async function retryFailed(
  deps: PayoutDeps,
  id: BatchId,
  codes?: ReadonlySet<string>,
): Promise<{ batch: Batch; reopened: number; kept: readonly Kept[] }> {
  const batch = orNotFound(await deps.batches.read(id), `There is no batch ${id}.`);
  if (!isFinished(batch.status)) throw notRetryable(batch);
  const all = await deps.chunks.readAll(id);
  const { reopened, reserving } = await planned(deps, all, codes);
  if (reopened === 0) return { batch, reopened, kept: [] };

  const event = batchRetried(deps, batch, reopened, codes);
  const reopening = await deps.batches.beginReopening(batch, deps.now(), { event, codes, reserving });
  if (reopening.done) {
    const { batch: running, kept } = await reopenFailures(deps, reopening.item);
    return { batch: running, reopened: reopened - kept.length, kept };
  }
  const found = reopening.found ?? batch;
  if (isFinished(found.status)) return retryFailed(deps, id, codes); // another retry has run since
  throw notRetryable(found);
}

/**
 * How many failures are re-opened, and what that reserves of the limits of the key. The chunks count the retryable ones; codes
 * and amounts need the payouts.
 */
async function planned(deps: PayoutDeps, chunks: readonly Chunk[], codes: ReadonlySet<string> | undefined) {
  const principal = deps.principal();
  const isLimited = limitsAmounts(principal);
  const failed = chunks.filter((chunk) => chunk.failedRetryable > 0);
  if (!codes && !isLimited) return { reopened: failed.reduce((sum, chunk) => sum + chunk.failedRetryable, 0) };
  const read = (chunk: Chunk) => deps.chunks.readPayouts(chunk.batchId, chunk.number);
  const payouts = (await pMap(failed, read, { concurrency: PARALLEL_CHUNKS })).flat();
  const again = payouts.filter((payout) => reopen(payout, '', codes) !== payout);
  if (!isLimited) return { reopened: again.length };
  requireWithinPayoutLimit(principal, again, (payout) => amountPath(payout, placeOf(payout.id).position - 1));
  const demand = demandOf(principal, sumByCurrency(again.map(({ money }) => money)), deps.now());
  return { reopened: again.length, reserving: demand && { demand, paid: paidBy(chunks) } };
}

/** A failure that stays, because another payout has its key now. */
export type Kept = { readonly payoutId: PayoutId; readonly holder: PayoutId };

/**
 * The rest of a retry-failed after `reopening` is stored: re-opens each chunk, then dispatches the batch. Recovery calls it
 * if the request died, and a cancel continues it in its own run. So several may re-open a chunk at once: a write holds only for
 * the chunk as it was read. Nothing is dispatched before all chunks are re-opened, so no chunk is re-opened twice.
 */
export async function reopenFailures(deps: PayoutDeps, batch: Batch): Promise<{ batch: Batch; kept: readonly Kept[] }> {
  const failed = (await deps.chunks.readAll(batch.id)).filter((chunk) => chunk.failedRetryable > 0);
  const open = (chunk: Chunk) => reopenChunk(deps, chunk, batch);
  const kept = (await pMap(failed, open, { concurrency: PARALLEL_CHUNKS })).flat();
  const opened = (await deps.chunks.readAll(batch.id)).filter(isOpen); // others may have re-opened some of them
  const running = await deps.batches.endReopening(
    batch.id,
    batch.run,
    opened.map(({ number }) => number),
  );
  await dispatchOpenChunks(deps, running);
  return { batch: running, kept };
}

/** Re-opens what can be re-opened, each payout with its keys, unless that was done in this run or a later one. */
async function reopenChunk(deps: PayoutDeps, found: Chunk, { run, reopeningCodes: codes }: Batch): Promise<Kept[]> {
  const now = new Date(deps.now()).toISOString();
  let kept: Kept[] = [];
  for (let chunk = found; chunk.run < run; chunk = await readAgain(deps, chunk)) {
    const payouts = await deps.chunks.readPayouts(chunk.batchId, chunk.number);
    const wanted = payouts.filter((payout) => reopen(payout, now, codes) !== payout);
    if (wanted.length === 0) break;
    const { claims, lost } = await claimAgain(deps, run, wanted);
    kept = [...lost].map(([payoutId, { holder }]) => ({ payoutId, holder }));
    const changes = payouts.map((before) => {
      const other = lost.get(before.id);
      if (!other) return { before, after: reopen(before, now, codes) };
      return { before, after: other.isStored ? refuseReopening(before, other.holder, now) : before };
    });
    const changed = changes.filter(({ before, after }) => before !== after);
    const outcome = {
      changes: changed,
      totals: totalsOf(changes.map(({ after }) => after)),
      rounds: 0,
      dueAt: 0,
      events: payoutsEnded(
        deps,
        run,
        changed.map(({ after }) => after),
      ),
    };
    const [sales, own] = partition(claims, ({ claim }) => claim.kind === 'transaction_id');
    const isClaimed = sales.length === 0 || (await deps.claims.take(sales));
    const written = isClaimed ? await deps.chunks.reopen(chunk, run, outcome, own) : 'claimed';
    if (written === 'done') break;
  }
  return kept;
}

async function readAgain({ chunks }: PayoutDeps, { batchId, number }: Chunk): Promise<Chunk> {
  const chunk = (await chunks.readAll(batchId)).find((each) => each.number === number);
  invariant(chunk, 'a chunk of a finished batch is never deleted');
  return chunk;
}

/** What re-opened payouts claim, and those whose keys other payouts have by now. */
async function claimAgain(deps: PayoutDeps, run: number, payouts: readonly Payout[]) {
  const seen = new Map((await deps.claims.read(payouts.flatMap(keysOf))).map((claim) => [nameOf(claim), claim]));
  const own = new Set(payouts.map(({ id }) => id));
  const others = [...seen.values()].filter(({ holder }) => !own.has(holder));
  const states = await heldByOthers(deps, others);
  const stamp = deps.newId();
  const lost = new Map<PayoutId, { readonly holder: PayoutId; readonly isStored: boolean }>();
  const claims: ClaimWrite[] = [];
  for (const payout of payouts) {
    const keys = keysOf(payout).map((key) => ({ key, before: seen.get(nameOf(key)) }));
    const stateOf = ({ key, before }: (typeof keys)[number]) =>
      !before || before.holder === payout.id ? 'free' : (states.get(nameOf(key)) ?? 'free');
    const taken = keys.find((each) => stateOf(each) !== 'free');
    if (taken?.before) lost.set(payout.id, { holder: taken.before.holder, isStored: stateOf(taken) === 'held' });
    else
      claims.push(
        ...keys.map(({ key, before }) => ({ claim: claimOf(key, payout, { run, stamp, seen: before }), seen: before })),
      );
  }
  return { claims, lost };
}

function notRetryable({ status }: Batch): AppError {
  return new AppError('INVALID_STATE', {
    message: `A batch that is ${status} cannot be retried: only a finished batch can.`,
  });
}
