import { chunk } from 'es-toolkit';
import { lostAmong } from '../rail/index.ts';
import type { Open, WithdrawalDeps } from './ports.ts';

/** As many as are sent between two looks at the time that is left. */
const SENT_TOGETHER = 200;

/** `left`: what there was no time for; the next run comes to it. */
export type Recovered = { readonly open: number; readonly dispatched: number; readonly left: number };

/**
 * The safety net, run every minute: tells the workers of what nobody can be expected to come back to. One that is leased
 * gets its message now, delayed until the lease lapses: if its holder lives the withdrawal has got further by then, and
 * the message is dropped. A message too many does no harm: of all that name the same version one finds work.
 * @param all also what is not yet due or lost: nobody has a message of it, since workers drop them while they are stopped
 * @param deadline epoch milliseconds after which no more are sent
 */
export async function recoverWithdrawals(
  deps: WithdrawalDeps,
  { deadline, all = false }: { deadline: number; all?: boolean },
): Promise<Recovered> {
  const { isStopped, dispatchedAt } = await deps.processor.readState();
  if (isStopped) return { open: 0, dispatched: 0, left: 0 };
  const listed = await deps.withdrawals.listOpen();
  const now = deps.now();
  const open = listed.filter(({ isDead }) => !isDead);
  const untouchedFor = ({ dueAt }: Open) => now - Math.max(dueAt, dispatchedAt);
  const unleased = open.filter(({ leasedUntil }) => leasedUntil === undefined);
  const lost = all
    ? unleased
    : await lostAmong(unleased, untouchedFor, {
        lostAfterMs: deps.policy.lostAfterMs,
        isIdle: async () => (await deps.queue.depth()).visible === 0,
      });
  const leased = open.filter(({ leasedUntil }) => leasedUntil !== undefined);
  if (lost.length > 0) await deps.processor.noteDispatched(now);
  const dispatched = await sendAll(deps, [...leased, ...lost], deadline);
  return { open: open.length, dispatched, left: leased.length + lost.length - dispatched };
}

/** What is due at the same second goes together. */
async function sendAll(deps: WithdrawalDeps, open: readonly Open[], deadline: number): Promise<number> {
  const now = deps.now();
  const delayOf = ({ dueAt, leasedUntil = 0 }: Open) =>
    Math.ceil(Math.max(0, Math.max(dueAt, leasedUntil) - now) / 1_000) * 1_000;
  let sent = 0;
  for (const [delayMs, together] of Map.groupBy(open, delayOf)) {
    for (const some of chunk(together, SENT_TOGETHER)) {
      if (deps.now() >= deadline) return sent;
      await deps.queue.send(
        some.map(({ id, version }) => ({ withdrawalId: id, version })),
        delayMs,
      );
      sent += some.length;
    }
  }
  return sent;
}
