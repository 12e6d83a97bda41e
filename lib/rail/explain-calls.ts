import type { Explanation } from '../kernel/explanation.ts';
import { entryOf, type TimelineEntry } from '../kernel/timeline.ts';
import { numberOf, referenceWith } from './attempt.ts';
import { type Call, type History, NO_HISTORY } from './history.ts';

type Calls = Pick<Explanation, 'calls' | 'calls_omitted'>;

/** The calls of a history. @param reference any of the instruction; one without a number is its only one */
export function explainCalls(reference: string, { executions, omitted }: History = NO_HISTORY): Calls {
  return {
    calls: executions.flatMap(({ at, reference: number, calls }) =>
      calls.map((call) => {
        const used = reference.includes('.') ? referenceWith(reference, number) : reference;
        return { at, reference: used, ...call, code: call.code ?? null, sentence: sentenceOf(call, used) };
      }),
    ),
    calls_omitted: omitted,
  };
}

/** What was asked of the rail, for a timeline. */
export const callEntries = ({ calls }: Calls): TimelineEntry[] =>
  calls.map(({ at, asked, reference, sentence }) => ({
    ...entryOf(at, asked === 'send' ? 'sent' : 'looked_up', sentence),
    reference,
  }));

const SENT = {
  paid: 'the rail moved the money.',
  refused: 'the rail refused it',
  unanswered: 'no valid answer came',
} as const satisfies Record<Extract<Call, { asked: 'send' }>['answer'], string>;
const LOOKED_UP = {
  paid: 'the rail moved the money.',
  refused: 'the rail refused it',
  not_found: 'the rail has no record of it.',
  in_process: 'the rail has not decided yet.',
  no_answer: 'the look-up was not answered.',
} as const satisfies Record<Extract<Call, { asked: 'look_up' }>['answer'], string>;
const CAUSES: Readonly<Record<string, string>> = {
  timed_out: 'in time, so the call may still arrive',
  failed: 'and the call is over',
  unauthorized: 'because the rail refuses our credentials',
};

function sentenceOf(call: Call, reference: string): string {
  const code = call.answer === 'refused' ? ` with ${call.code || 'no code'}.` : '';
  if (call.asked === 'look_up') return `Looked up ${reference}: ${LOOKED_UP[call.answer]}${code}`;
  const cause = call.answer === 'unanswered' ? `${CAUSES[call.code ?? ''] ? ` ${CAUSES[call.code ?? '']}` : ''}.` : '';
  return `Sent ${reference}: ${SENT[call.answer]}${code}${cause}`;
}

/** The newest ones are listed: each retry by a person can add some. */
const MOST_REFERENCES = 20;

/** The numbers of the references before this one. Each of them was given up, so it moved no money. */
export function numbersBefore(reference: string): number[] {
  const last = numberOf(reference);
  const first = Math.max(1, last - MOST_REFERENCES + 1);
  return Array.from({ length: last - first }, (_, nth) => first + nth);
}
