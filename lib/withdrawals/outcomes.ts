import type { Count } from '../events/index.ts';
import type { Outcomes } from './ports.ts';

/** What has been counted of withdrawals, over all assets. It follows the facts by as long as an event takes. */
export function countedOutcomes(counts: readonly Count[]): Outcomes {
  const of = (outcome: keyof Outcomes) =>
    counts
      .filter(({ series: [family, label] }) => family === 'withdrawals' && label === outcome)
      .reduce((sum, { by }) => sum + by, 0n);
  return {
    created: of('created'),
    completed: of('completed'),
    failed: of('failed'),
    retrying: of('retrying'),
    reopened: of('reopened'),
  };
}
