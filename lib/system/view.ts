import { mapValues } from 'es-toolkit';
import type { z } from 'zod';
import type { operationsAnswer } from './answers.ts';
import type { Health } from './check-health.ts';
import type { Operations } from './read-operations.ts';

/** With the status for monitors, which read no bodies. */
export const healthView = (health: Health) =>
  ({ status: health.status === 'degraded' ? 503 : 200, body: health }) as const;

export function operationsView({
  circuits,
  oldestDue,
  deadLetters,
  sealed,
}: Operations): z.input<typeof operationsAnswer> {
  return {
    circuits: circuits.map(({ rail, isOpen, failures, openSince, changedAt }) => ({
      rail,
      state: isOpen ? 'open' : 'closed',
      failures,
      open_since: openSince ?? null,
      changed_at: changedAt ?? null,
    })),
    oldest_due: mapValues(oldestDue, (oldest) => oldest ?? null),
    dead_letters: mapValues(deadLetters, ({ count, isWhole }) => ({ count, is_whole: isWhole })),
    audit_chain: sealed
      ? { blocks: sealed.number, events: sealed.total, sealed_until: sealed.from, checked_at: sealed.checked_at }
      : null,
  };
}
