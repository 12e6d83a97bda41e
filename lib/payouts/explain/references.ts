import type { UsedReference } from '../../kernel/explanation.ts';
import { type Call, numberOf, numbersBefore, referenceWith } from '../../rail/index.ts';
import type { Payout, PayoutStatus } from '../payout.ts';

/** The references of a payout in the order of their use. @param status as a reader sees it */
export function usedReferences(payout: Payout, status: PayoutStatus): UsedReference[] {
  const earlier = numbersBefore(payout.reference).map((number) => refusedReference(payout, number));
  return [...earlier, { reference: payout.reference, ...currentReference(payout, status) }];
}

/** Only a refusal by the rail leads to another reference. */
function refusedReference(payout: Payout, number: number): UsedReference {
  const call = lastCall(payout, number);
  const code = call?.answer === 'refused' && call.code ? ` with ${call.code}` : '';
  const reference = referenceWith(payout.reference, number);
  return { reference, state: 'refused', sentence: `The rail refused ${reference}${code}. It is never sent again.` };
}

function lastCall({ history }: Payout, number: number): Call | undefined {
  return history?.executions.findLast(({ reference }) => reference === number)?.calls.at(-1);
}

function currentReference(payout: Payout, status: PayoutStatus): Omit<UsedReference, 'reference'> {
  const { reference, unanswered } = payout;
  const unused = { state: 'unused', sentence: `Nothing was sent under ${reference}.` } as const;
  const unanswering = { state: 'unanswered', sentence: `A call under ${reference} has no known outcome.` } as const;
  const notFound = { state: 'not_found', sentence: `The rail has no record of ${reference}.` } as const;
  const refused = { state: 'refused', sentence: `The rail refused ${reference}.` } as const;
  switch (status) {
    case 'pending':
    case 'retrying':
      return unanswered ? unanswering : unused;
    case 'processing':
      return unanswered
        ? unanswering
        : { state: 'may_be_out', sentence: `A worker may have sent ${reference}; no outcome is stored.` };
    case 'unknown':
      return unanswering;
    case 'completed':
      return { state: 'paid', sentence: `The rail moved the money under ${reference}.` };
    case 'returned':
      return { state: 'returned', sentence: `The rail moved the money under ${reference}, and gave it back.` };
    case 'failed':
      return unanswered ? notFound : refused;
    case 'cancelled': {
      const answer = lastCall(payout, numberOf(reference))?.answer;
      if (answer === 'refused') return refused;
      return answer === undefined ? unused : notFound;
    }
  }
}
