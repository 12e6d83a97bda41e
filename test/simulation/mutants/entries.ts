import type { Mutant } from './mutant.ts';

/** Dry runs, invalid entries, parts that the rail gives back, look-ups. */
export const entries: readonly Mutant[] = [
  {
    name: 'a dry run stores the batch',
    domain: 'lifecycle',
    file: 'lib/payouts/dry-run.ts',
    code: 'const room = await readRoom(deps, wanted, now);',
    becomes: 'await deps.batches.insert(wanted);\n  const room = await readRoom(deps, wanted, now);',
  },
  {
    name: 'a dry run counts duplicates as stored',
    domain: 'lifecycle',
    file: 'lib/payouts/dry-run.ts',
    code: 'batch: withoutDuplicates(wanted, request, duplicates),',
    becomes: 'batch: duplicates.length > 0 ? wanted : withoutDuplicates(wanted, request, duplicates),',
  },
  {
    name: 'invalid entries are not kept',
    domain: 'lifecycle',
    file: 'lib/payouts/create-batch.ts',
    code: 'if (request.rejected?.length) await deps.rejected.insert(creating, request.rejected);',
    becomes: '',
  },
  {
    name: 'a refused batch keeps its invalid entries',
    domain: 'lifecycle',
    file: 'lib/payouts/discard-batch.ts',
    code: 'if (batch.invalid > 0) await deps.rejected.remove(batch.id);',
    becomes: '',
  },
  {
    name: 'payouts are numbered without the invalid entries',
    domain: 'lifecycle',
    file: 'lib/payouts/batch-request.ts',
    code: 'positions?.[index] ?? index + 1;',
    becomes: 'positions ? index + 1 : index + 1;',
  },
  {
    name: 'a part that was given back returns the payout',
    domain: 'lifecycle',
    file: 'lib/payouts/notification.ts',
    code: 'payout.money.minor !== money.minor || ',
    becomes: '',
  },
  {
    name: 'a part that a look-up tells of returns the payout',
    domain: 'lifecycle',
    file: 'lib/payouts/payout.ts',
    code: 'outcome.givenBack?.minor === payout.money.minor ?',
    becomes: 'outcome.givenBack ?',
  },
  {
    name: 'a payout that had a key before is not found by it',
    domain: 'lifecycle',
    file: 'lib/payouts/claim.ts',
    code: 'earlier: others.slice(-EARLIER),',
    becomes: 'earlier: others.slice(-EARLIER, 0),',
  },
];
