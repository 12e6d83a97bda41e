import type { Mutant } from './mutant.ts';

/** What is sent to the outside. */
export const rail: readonly Mutant[] = [
  {
    name: 'payouts are sent again without a look-up',
    domain: 'payouts',
    file: 'lib/rail/attempt.ts',
    code: 'return previousLeaseAbandoned || attempt.unanswered;',
    becomes: 'return false;',
  },
  {
    name: 'withdrawals are sent again without a look-up',
    domain: 'withdrawals',
    file: 'lib/rail/attempt.ts',
    code: 'return previousLeaseAbandoned || attempt.unanswered;',
    becomes: 'return false;',
  },
  {
    name: 'an abandoned lease is forgotten',
    domain: 'payouts',
    file: 'lib/rail/attempt.ts',
    code: 'return previousLeaseAbandoned || attempt.unanswered;',
    becomes: 'return attempt.unanswered;',
  },
  {
    name: 'not_found is believed right after a call',
    domain: 'payouts',
    file: 'lib/rail/lease.ts',
    code: 'const atLeastMs = isUnknown ? policy.lateCallMs : 0;',
    becomes: 'const atLeastMs = 0;',
  },
  {
    name: 'a new reference after a call that never arrived',
    domain: 'payouts',
    file: 'lib/rail/attempt.ts',
    code: 'return unanswered ? reference : referenceWith(',
    becomes: 'return unanswered && !reference ? reference : referenceWith(',
  },
  {
    name: 'a refusal without a new reference',
    domain: 'withdrawals',
    file: 'lib/rail/attempt.ts',
    code: 'referenceWith(reference, numberOf(reference) + 1)',
    becomes: 'referenceWith(reference, numberOf(reference))',
  },
  {
    name: 'a call may outlast its lease',
    domain: 'payouts',
    file: 'lib/rail/lease.ts',
    code: 'return now() + waitMs + rail.deadlineMs + policy.lateCallMs <= lease.until;',
    becomes: 'return true;',
  },
  {
    name: 'a permanent refusal is tried again',
    domain: 'payouts',
    file: 'lib/rail/attempt.ts',
    code: 'return failure.retryable && attempt.attempts < maxAttempts',
    becomes: 'return true',
  },
];
