import type { Count } from '../events/index.ts';
import type { Outcomes } from './ports.ts';

/** The counts of withdrawals over all assets. They lag behind by the delay of an event. */
export function countedOutcomes(counts: readonly Count[]): Outcomes {
  const of = (outcome: keyof Outcomes) =>
    counts
      .filter(({ series: [family, label] }) => family === 'withdrawals' && label === outcome)
      .reduce((sum, { by }) => sum + by, 0n);
  return {
    created: of('created'),
    completed: of('completed'),
    failed: of('failed'),
    rejected: of('rejected'),
    retrying: of('retrying'),
    reopened: of('reopened'),
  };
}
