import { chunk } from 'es-toolkit';
import { FACTOR_WHILE_BUSY, type Recovery } from '../recovery/index.ts';
import { type Open, placeOf, placesUntil } from './open.ts';
import type { Sweep, WithdrawalDeps } from './ports.ts';

/** SQS takes 10 messages a call. */
const MESSAGES_PER_CALL = 10;
/** The most messages of one run, less those that wait in the queue; but at least the least. */
const MOST_MESSAGES = 10_000;
const LEAST_MESSAGES = 1_000;

/**
 * Sends the messages of open withdrawals that may be lost: of those in flight whose lease has lapsed, since its holder died,
 * and of those that have been due for a while. Reads no others. Of all messages that name the same version, only one finds
 * work.
 *
 * Messages for what is due are sent in sweeps: from what has been due for longest to what was due when the sweep began. A
 * sweep that is too long for one run goes on in the next one.
 * @param all also withdrawals that became due just now: workers drop messages while the processor is stopped
 */
export function recoverWithdrawals(deps: WithdrawalDeps, { all = false } = {}): Recovery<readonly Open[]> {
  return {
    name: 'withdrawals',
    list: async () => chunk(await listToSend(deps, all), MESSAGES_PER_CALL),
    idOf: (some) => some.at(-1)?.id ?? '',
    sizeOf: (some) => some.length,
    async recover(some, count) {
      await deps.queue.send(some.map(({ id, version }) => ({ withdrawalId: id, version })));
      count('dispatched', some.length);
    },
  };
}

async function listToSend(deps: WithdrawalDeps, all: boolean): Promise<readonly Open[]> {
  const [{ isStopped, sweep }, { visible }] = await Promise.all([deps.processor.readState(), deps.queue.depth()]);
  if (isStopped) return [];
  const now = deps.now();
  const lostAfterMs = all ? 0 : deps.policy.lostAfterMs * (visible === 0 ? 1 : FACTOR_WHILE_BUSY);
  const current = { beganAt: now, upTo: placesUntil(now - lostAfterMs) };
  const inFlight = await deps.withdrawals.listOpen('in_flight', LEAST_MESSAGES, { upTo: placesUntil(now) });
  // A lapsed lease has no message. The message of an unknown one may wait in the queue.
  const lost = inFlight.open.filter((one) => one.leasedUntil !== undefined || placeOf(one).at <= current.upTo);
  // Messages of the last sweep are not lost yet.
  const isNext = all || now - (sweep?.beganAt ?? 0) >= lostAfterMs;
  const next = sweep?.reached !== undefined && !all ? sweep : isNext ? current : undefined;
  const room = Math.min(Math.max(MOST_MESSAGES - visible, LEAST_MESSAGES), MOST_MESSAGES);
  return [...lost, ...(next ? await sweepOn(deps, { last: sweep, next, room }) : [])];
}

/** The next part of a sweep. The sweep is stored before anything is sent, so that it always goes on. */
async function sweepOn(
  { withdrawals, processor }: WithdrawalDeps,
  { last, next, room }: { last: Sweep | undefined; next: Sweep; room: number },
): Promise<readonly Open[]> {
  const { open, isComplete } = await withdrawals.listOpen('due', room, { after: next.reached, upTo: next.upTo });
  const end = open.at(-1);
  if (!end && next.reached === undefined) return [];
  const { beganAt, upTo } = next;
  const reached = end && !isComplete ? { reached: placeOf(end).at } : {};
  return (await processor.recordSweep(last, { beganAt, upTo, ...reached })) ? open : [];
}
