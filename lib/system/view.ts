import { mapValues } from 'es-toolkit';
import type { z } from 'zod';
import type { operationsAnswer } from './answers.ts';
import type { Operations } from './read-operations.ts';

export function operationsView({ circuits, oldestDue, deadLetters }: Operations): z.input<typeof operationsAnswer> {
  return {
    circuits: circuits.map(({ rail, isOpen, failures, openSince, changedAt }) => ({
      rail,
      state: isOpen ? 'open' : 'closed',
      failures,
      open_since: openSince ?? null,
      changed_at: changedAt ?? null,
    })),
    oldest_due: mapValues(oldestDue, (since) => since ?? null),
    dead_letters: mapValues(deadLetters, ({ count, isWhole }) => ({ count, is_whole: isWhole })),
  };
}
