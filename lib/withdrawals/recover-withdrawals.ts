import { chunk, sortBy } from 'es-toolkit';
import { lostAmong, type Recovery } from '../recovery/index.ts';
import type { Open, WithdrawalDeps } from './ports.ts';

/** SQS takes 10 messages a call. */
const MESSAGES_PER_CALL = 10;

/**
 * Sends the messages of open withdrawals that may be lost. A leased withdrawal gets its message now, delayed until the
 * lease lapses: if the holder lives, the version has changed by then and the worker drops the message. Of all messages
 * that name the same version, only one finds work.
 * @param all also withdrawals whose message is not considered lost: workers drop messages while the processor is stopped
 */
export function recoverWithdrawals(deps: WithdrawalDeps, { all = false } = {}): Recovery<readonly Open[]> {
  return {
    name: 'withdrawals',
    list: async () => chunk(sortBy(await listToSend(deps, all), ['id']), MESSAGES_PER_CALL),
    idOf: (some) => some.at(-1)?.id ?? '',
    sizeOf: (some) => some.length,
    async recover(some, count) {
      for (const [delayMs, together] of Map.groupBy(some, (one) => delayOf(one, deps.now()))) {
        await deps.queue.send(
          together.map(({ id, version }) => ({ withdrawalId: id, version })),
          delayMs,
        );
        count('dispatched', together.length);
      }
    },
  };
}

async function listToSend(deps: WithdrawalDeps, all: boolean): Promise<readonly Open[]> {
  const { isStopped, dispatchedAt } = await deps.processor.readState();
  if (isStopped) return [];
  const listed = await deps.withdrawals.listOpen();
  const now = deps.now();
  const open = listed.filter(({ isDead }) => !isDead);
  const overdueMs = ({ dueAt }: Open) => now - Math.max(dueAt, dispatchedAt);
  const unleased = open.filter(({ leasedUntil }) => leasedUntil === undefined);
  const lost = all
    ? unleased
    : await lostAmong(unleased, overdueMs, {
        lostAfterMs: deps.policy.lostAfterMs,
        isIdle: async () => (await deps.queue.depth()).visible === 0,
      });
  if (lost.length > 0) await deps.processor.recordDispatch(now);
  return [...open.filter(({ leasedUntil }) => leasedUntil !== undefined), ...lost];
}

/** In whole seconds, so that messages that are due in the same second go together. */
function delayOf({ dueAt, leasedUntil = 0 }: Open, now: number): number {
  return Math.ceil(Math.max(0, Math.max(dueAt, leasedUntil) - now) / 1_000) * 1_000;
}
