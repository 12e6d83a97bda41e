import { z } from 'zod';
import { count, orNull, time } from './fields.ts';
import { KEY_SCOPES } from './principal.ts';

/** The entities that can be explained. */
const KINDS = ['payout', 'batch', 'withdrawal', 'payment', 'job'] as const;

/**
 * - `unused`: nothing was sent under it.
 * - `may_be_out`: a worker may be sending it now, or stopped without an answer to it.
 * - `unanswered`: a call under it has no known outcome.
 * - `refused`, `not_found`: no call under it moved money: the rail refused it, or has no record of it.
 * - `accepted`: the rail has it, and it is not final yet.
 * - `paid`, `returned`: the rail moved the money, or gave it back later.
 */
export const REFERENCE_STATES = [
  'unused',
  'may_be_out',
  'unanswered',
  'refused',
  'not_found',
  'accepted',
  'paid',
  'returned',
] as const;

const sentence = z.string();

const usedReference = z
  .object({ reference: z.string(), state: z.enum(REFERENCE_STATES), sentence })
  .meta({ id: 'UsedReference', description: 'A name under which the rail knows an attempt, and what is known of it.' });

const railCall = z
  .object({
    at: time().meta({ description: 'When the work ended that the call was a part of.' }),
    asked: z.enum(['send', 'look_up']),
    reference: z.string(),
    answer: z.enum(['paid', 'refused', 'unanswered', 'not_found', 'in_process', 'no_answer']),
    code: orNull(z.string()),
    sentence,
  })
  .meta({ id: 'RailCall', description: 'What was asked of the rail, and what it answered.' });

const possibleAction = z
  .object({
    action: z.string().meta({ description: 'The id of the operation.' }),
    method: z.enum(['GET', 'POST']),
    path: z.string(),
    scope: z.enum(KEY_SCOPES),
    sentence,
  })
  .meta({ id: 'PossibleAction', description: 'A request that is permitted in this state, and its effect.' });

/** Why something has its status, and what happens next. The same for everything that can be explained. */
export const explanationAnswer = z
  .object({
    kind: z.enum(KINDS),
    id: z.string(),
    status: z.string(),
    why: z.array(sentence).meta({ description: 'Why it has this status, in sentences.' }),
    references: z.array(usedReference).meta({ description: 'The last ones, in the order of their use.' }),
    calls: z.array(railCall).meta({ description: 'The first ones and the last ones, in their order.' }),
    calls_omitted: count().meta({ description: 'Rounds of calls that are missing after the first one.' }),
    lease: orNull(z.object({ holder: z.string().meta({ description: 'The worker.' }), until: time(), sentence })).meta({
      description: 'Who alone may work on it, and until when. Of a batch: the lease that ends last.',
    }),
    next: orNull(
      z.object({ at: orNull(time()).meta({ description: '`null`: the time is not known.' }), sentence }),
    ).meta({ description: 'What happens next without a person. `null`: nothing.' }),
    actions: z.array(possibleAction).meta({ description: 'What a person may do.' }),
  })
  .meta({ id: 'Explanation' });

export type Explanation = z.output<typeof explanationAnswer>;
export type UsedReference = Explanation['references'][number];
export type Next = Explanation['next'];
export type PossibleAction = Explanation['actions'][number];

/** RFC 3339 in UTC. @param at epoch milliseconds */
export const timeText = (at: number) => new Date(at).toISOString();

/** `1 payout`, `2 payouts`. */
export const counted = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** A text of the outside, such as the message of a rail, as one sentence without a secret that it may repeat. */
export function quoted(text: string, secret: string, shown: string): string {
  const without = secret === '' ? text : text.replaceAll(secret, shown);
  const trimmed = without.trim();
  return /[.!?]$/.test(trimmed) || trimmed === '' ? trimmed : `${trimmed}.`;
}

/** A request that a person may send, of method POST. */
export const postOf = (
  action: string,
  path: string,
  scope: PossibleAction['scope'],
  sentence: string,
): PossibleAction => ({ action, method: 'POST', path, scope, sentence });

export const permitted = (actions: readonly (PossibleAction | false)[]): PossibleAction[] =>
  actions.filter((action) => action !== false);
