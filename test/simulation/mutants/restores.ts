import type { Mutant } from './mutant.ts';

/** Restores of older tables. */
export const restores: readonly Mutant[] = [
  {
    name: 'after a restore, nothing is looked up before it is sent',
    domain: 'restores',
    file: 'lib/rail/epoch.ts',
    code: 'return epoch !== undefined && (createdAt',
    becomes: 'return epoch === null && (createdAt',
  },
  {
    name: 'what clients repeat after a restore is sent at once',
    domain: 'restores',
    file: 'lib/rail/epoch.ts',
    code: ' || deps.now() < Date.parse(epoch.until)',
    becomes: '',
  },
  {
    name: 'after a restore, a payout is cancelled at once',
    domain: 'restores',
    file: 'lib/payouts/cancel-payout.ts',
    code: ' && !(await epochApplies(deps, batch))',
    becomes: '',
  },
  {
    name: 'after a restore, a worker cancels without a look-up',
    domain: 'restores',
    file: 'lib/rail/attempt.ts',
    code: 'if (!underEpoch && !mustLookUpFirst(work)) return cancelled();',
    becomes: 'if (!mustLookUpFirst(work)) return cancelled();',
  },
];
