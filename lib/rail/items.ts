import { z } from 'zod';
import { bytesOf, roomIn } from '../aws/item-size.ts';
import { absentAs, entity, type Fields, fields, flat, type Item, json, text, trusted } from '../kernel/codec.ts';
import type { Attempt } from './attempt.ts';
import { type Call, type History, shortened } from './history.ts';
import type { Lease } from './lease.ts';
import type { Refusal } from './port.ts';

/** How items of other domains store what the rail knows of an instruction. */

/** The first reference follows from the id of the instruction and is not stored. */
export const attemptFields: Fields<Omit<Attempt, 'reference'> & Partial<Pick<Attempt, 'reference'>>> = {
  reference: text().optional(),
  attempts: z.int(),
  unanswered: absentAs(false, z.boolean()),
};

export const leaseFields = flat<Lease>({ owner: text(), until: z.number() }, { prefix: 'lease_', optional: true });

export const refusal = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
}) satisfies z.ZodType<Refusal>;

const ANSWERS = {
  paid: 'p',
  refused: 'r',
  unanswered: 'u',
  not_found: 'n',
  in_process: 'i',
  no_answer: 'x',
} as const satisfies Record<Call['answer'], string>;
const answers = new Map<string, string>(Object.entries(ANSWERS).map(([answer, letter]) => [letter, answer]));

const storedExecution = z.tuple([z.number(), z.int()], z.string());
type Stored = z.infer<typeof storedExecution> | number;

/**
 * A history as JSON text: `[[1795514400000,1,"su:timed_out","ln"],3,[...]]` is the first execution, three that are missing, and the
 * last ones. An execution has its time, the number of its reference and its calls: `s`ent or `l`ooked up, the answer, and its code.
 */
export const historyText = z.codec(json(z.array(z.union([z.int(), storedExecution]))), trusted<History>(), {
  decode(stored) {
    const executions = stored.filter((each) => typeof each !== 'number');
    return {
      executions: executions.map(([at, reference, ...calls]) => ({
        at: new Date(at).toISOString(),
        reference,
        calls: calls.map(callOf),
      })),
      omitted: stored.reduce<number>((sum, each) => (typeof each === 'number' ? sum + each : sum), 0),
    };
  },
  encode({ executions, omitted }) {
    const [first, ...rest] = executions.map(
      ({ at, reference, calls }): Stored => [Date.parse(at), reference, ...calls.map(callText)],
    );
    return [...(first === undefined ? [] : [first]), ...(omitted > 0 ? [omitted] : []), ...rest];
  },
});

const { encode: encodeHistory } = entity(fields<{ readonly history: History }>({ history: historyText }));

/**
 * The attribute of a history: as much of it as fits without one more write unit for each write of the item.
 * @param item with all other attributes
 * @param more bytes that the stored item has and this one lacks
 */
export function historyItem(history: History | undefined, item: Item, more = 0): Item {
  if (!history || history.executions.length === 0) return {};
  const attribute = encodeHistory({ history });
  return bytesOf(attribute) <= roomIn(bytesOf(item) + more) ? attribute : historyItem(shortened(history), item, more);
}

const callText = ({ asked, answer, code }: Call) =>
  `${asked === 'send' ? 's' : 'l'}${ANSWERS[answer]}${code === undefined ? '' : `:${code}`}`;

function callOf(text: string): Call {
  const code = text.length > 2 ? { code: text.slice(3) } : {};
  return { asked: text[0] === 's' ? 'send' : 'look_up', answer: answers.get(text[1] ?? ''), ...code } as Call;
}
