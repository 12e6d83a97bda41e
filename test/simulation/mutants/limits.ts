import type { Mutant } from './mutant.ts';

/** Limits of keys. */
export const limits: readonly Mutant[] = [
  {
    name: 'limit not given back: a batch',
    domain: 'payouts',
    file: 'lib/payouts/dynamo-batch-header.ts',
    code: '...giveBack(tables.access, back),',
    becomes: '',
  },
  {
    name: 'limit not given back: a withdrawal',
    domain: 'withdrawals',
    file: 'lib/withdrawals/dynamo-withdrawals.ts',
    code: '...giveBack(tables.access, after.reservation ? undefined : before.reservation),',
    becomes: '',
  },
  {
    name: 'limit not given back: a payment',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: '...giveBack(tables.access, reserved),',
    becomes: '',
  },
  {
    name: 'limit given back twice: what a batch has paid is given back too',
    domain: 'payouts',
    file: 'lib/payouts/batch.ts',
    code: 'split(reserved, ofThisRun)',
    becomes: 'split(reserved, ofThisRun && new Map())',
  },
  {
    name: 'limit given back twice: at each change of a withdrawal',
    domain: 'withdrawals',
    file: 'lib/withdrawals/dynamo-withdrawals.ts',
    code: 'after.reservation ? undefined : before.reservation',
    becomes: 'before.reservation',
  },
  {
    name: 'limit counted twice: a retried batch counts what earlier runs have paid',
    domain: 'payouts',
    file: 'lib/payouts/batch.ts',
    code: 'minor - (paidBefore.get(unit) ?? 0n)',
    becomes: 'minor + 0n * (paidBefore.get(unit) ?? 0n)',
  },
  {
    name: 'limit counted twice: a retried withdrawal',
    domain: 'withdrawals',
    file: 'lib/withdrawals/retry-withdrawal.ts',
    code: 'reopened(before, now, demand?.reservation)',
    becomes: 'reopened(before, now)',
  },
  {
    name: 'limit counted twice: a refund',
    domain: 'wallets',
    file: 'lib/wallets/dynamo-payments.ts',
    code: `        ...reserve(tables.access, demand),
      };
      return companion(items, (refused) => {`,
    becomes: `        ...reserve(tables.access, demand && { ...demand, reservation: { ...demand.reservation, amounts: new Map([...demand.reservation.amounts].map(([unit, minor]) => [unit, 2n * minor])) } }),
      };
      return companion(items, (refused) => {`,
  },
];
