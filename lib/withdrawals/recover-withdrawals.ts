import { chunk } from 'es-toolkit';
import { MESSAGES_PER_CALL } from '../kernel/limits.ts';
import { FACTOR_WHILE_BUSY, type Recovery } from '../recovery/index.ts';
import { type Open, placeOf, placesUntil } from './open.ts';
import type { Sweep, WithdrawalDeps } from './ports.ts';

/** Withdrawals per read, so that memory does not grow with those that are overdue. */
const PAGE = 500;
/** A run of the rule begins no further page after this time. */
const SWEEP_MS = 1_000;
/** A run reads no further page once this many messages wait in the queue. */
const MAX_WAITING = 10_000;

/**
 * Sends the messages of open withdrawals that may be lost: of withdrawals whose lease has lapsed, and of withdrawals that have
 * been due for a while. Of all messages that name the same version, only one finds work.
 *
 * A sweep of due withdrawals reads from the longest due to the last one that was due when it began. If it is too long for one
 * run, the next run continues it.
 * @param all also withdrawals that became due just now: workers drop messages while the processor is stopped
 */
export function recoverWithdrawals(deps: WithdrawalDeps, { all = false } = {}): Recovery<readonly Open[]> {
  const { withdrawals, processor, queue, policy, now } = deps;
  const beganAt = now();
  let room = MAX_WAITING;
  /** The sweep in the table, and the sweep from which this run reads its next page. */
  let [stored, current]: (Sweep | undefined)[] = [];

  /** The sweep is stored before anything is sent, so that it always continues. */
  async function nextPage(): Promise<readonly Open[]> {
    if (!current) return [];
    const { beganAt, upTo, reached } = current;
    const { open, isComplete } = await withdrawals.listOpen('due', PAGE, { after: reached, upTo });
    const end = open.at(-1);
    if (!end && reached === undefined) return [];
    const next = { beganAt, upTo, ...(end && !isComplete ? { reached: placeOf(end).at } : {}) };
    if (!(await processor.recordSweep(stored, next))) return []; // another run has taken it over
    stored = next;
    current = isComplete ? undefined : next;
    room -= open.length;
    return open;
  }

  async function begin(): Promise<readonly Open[]> {
    const [before, { visible }] = await Promise.all([processor.readState(), queue.depth()]);
    const { isStopped, sweep } = before;
    // Perhaps the request that stopped it has died, or was of an earlier version.
    await processor.recordStopped(before, now());
    if (isStopped) return [];
    const lostAfterMs = all ? 0 : policy.lostAfterMs * (visible === 0 ? 1 : FACTOR_WHILE_BUSY);
    const upTo = placesUntil(beganAt - lostAfterMs);
    const isUnderWay = sweep?.reached !== undefined && !all;
    // Messages of the last sweep are not lost yet.
    const mayBegin = all || beganAt - (sweep?.beganAt ?? 0) >= lostAfterMs;
    stored = sweep;
    current = isUnderWay ? sweep : mayBegin ? { beganAt, upTo } : undefined;
    room = MAX_WAITING - visible;
    const inFlight = await withdrawals.listOpen('in_flight', PAGE, { upTo: placesUntil(beganAt) });
    // A lapsed lease has no message. The message of an unknown one may wait in the queue.
    const lost = inFlight.open.filter((one) => one.leasedUntil !== undefined || placeOf(one).at <= upTo);
    return [...lost, ...(await nextPage())];
  }

  return {
    name: 'withdrawals',
    list: async () => chunk(await begin(), MESSAGES_PER_CALL),
    listMore: async () =>
      (all || now() < beganAt + SWEEP_MS) && room > 0 ? chunk(await nextPage(), MESSAGES_PER_CALL) : [],
    idOf: (some) => some.at(-1)?.id ?? '',
    sizeOf: (some) => some.length,
    continues: true,
    async recover(some, count) {
      await queue.send(some.map(({ id, version }) => ({ withdrawalId: id, version })));
      count('dispatched', some.length);
    },
  };
}
