import type { LookUpAnswer, Rail, SendAnswer } from './port.ts';

/** A call to the rail, and its answer. */
export type Call =
  | { readonly asked: 'send'; readonly answer: Exclude<SendAnswer['kind'], 'unsent'>; readonly code?: string }
  | { readonly asked: 'look_up'; readonly answer: LookUpAnswer['kind']; readonly code?: string };

/** What one execution of an attempt asked the rail under one reference. `at`: when it ended, ISO 8601 UTC. */
export type Execution = {
  readonly at: string;
  /** The number of the reference, from 1. */
  readonly reference: number;
  readonly calls: readonly Call[];
};

/** The first execution and the last ones. `omitted`: how many are missing after the first. */
export type History = { readonly executions: readonly Execution[]; readonly omitted: number };

export const NO_HISTORY: History = { executions: [], omitted: 0 };
const MAX_EXECUTIONS = 6;
/** Codes of rails are short names. */
const MAX_CODE = 40;

/** The history with one more execution. One without calls is not listed. */
export function withExecution(history: History, execution: Execution): History {
  if (execution.calls.length === 0) return history;
  const longer = { ...history, executions: [...history.executions, execution] };
  return longer.executions.length > MAX_EXECUTIONS ? shortened(longer) : longer;
}

/** One execution less: the oldest one after the first. */
export function shortened({ executions, omitted }: History): History {
  const [first, , ...rest] = executions;
  return first && executions.length > 1 ? { executions: [first, ...rest], omitted: omitted + 1 } : NO_HISTORY;
}

/** A rail that lists the calls to it. A send that was not carried out is no call. */
export function listingCalls(rail: Rail): { readonly rail: Rail; readonly calls: readonly Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    rail: {
      deadlineMs: rail.deadlineMs,
      isHealthy: () => rail.isHealthy(),
      async send(instruction, mayStillSend) {
        const answer = await rail.send(instruction, mayStillSend);
        if (answer.kind !== 'unsent') calls.push({ asked: 'send', answer: answer.kind, ...codeOf(answer) });
        return answer;
      },
      async lookUp(reference) {
        const answer = await rail.lookUp(reference);
        calls.push({ asked: 'look_up', answer: answer.kind, ...codeOf(answer) });
        return answer;
      },
    },
  };
}

function codeOf(answer: SendAnswer | LookUpAnswer): { readonly code?: string } {
  if (answer.kind === 'refused') return { code: answer.failure.code.slice(0, MAX_CODE) };
  return answer.kind === 'unanswered' ? { code: answer.cause } : {};
}
