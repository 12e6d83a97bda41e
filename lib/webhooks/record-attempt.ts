import type { Outcome } from './call.ts';
import { type Attempt, afterAttempt, type Delivery, MAX_ATTEMPTS } from './delivery.ts';
import type { DeliveryDeps } from './ports.ts';

/** A longer answer is stored by itself. */
const SHORT_ANSWER = 256;

/** Stores how a call ended. @returns the delivery after it, undefined if the record has no room */
export async function recordAttempt(
  { deliveries, now, random }: Pick<DeliveryDeps, 'deliveries' | 'now' | 'random'>,
  delivery: Delivery,
  startedAt: number,
  { answer = '', durationMs, status, error, retryAfterMs }: Outcome,
): Promise<Delivery | undefined> {
  const isLong = answer.length > SHORT_ANSWER;
  const attempt: Attempt & { retryAfterMs?: number | undefined } = {
    ...{ at: new Date(startedAt).toISOString(), durationMs: Math.round(durationMs), status, error, retryAfterMs },
    ...(answer === '' ? {} : { answer: answer.slice(0, SHORT_ANSWER).toWellFormed() }),
    ...(isLong ? { hasMore: true } : {}),
  };
  const isIt = (one: Attempt) => one.at === attempt.at && one.durationMs === attempt.durationMs;
  let before: Delivery | undefined = delivery;
  while (before && before.attempts.length < MAX_ATTEMPTS) {
    const after = afterAttempt(before, attempt, now(), random);
    if (await deliveries.replace(before, after, isLong ? { answer } : {})) return after;
    // It was replayed, or an overtaken worker has sent it too. Or the answer to the write was lost, and the SDK has repeated it.
    before = await deliveries.read(delivery.id);
    if (before?.attempts.some(isIt)) return before;
  }
  return undefined;
}
