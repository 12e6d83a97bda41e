import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import type { LogFields } from '../kernel/log.ts';
import { chain, lineOf } from './chain.ts';
import { addLogFields, addLogIds, deadlineOf } from './context.ts';
import { ownOrigin } from './trace.ts';

/*
 * Handlers that a scheduled rule or a state machine invokes. A failure is logged and thrown: the rule and the machine have
 * their own retries.
 */

const origin = (_event: unknown, context: Context) => ownOrigin(context);
const addFunctionName = (context: Context) => addLogFields({ function_name: context?.functionName });

/** Makes a Lambda handler for a scheduled rule. A person who invokes it by hand gets its result. */
export function schedule<Result extends LogFields>(run: (invocation: { deadline: number }) => Promise<Result>) {
  const read = (_event: unknown, context: Context) => {
    addFunctionName(context);
    return { deadline: deadlineOf(context) };
  };
  return chain({ origin, read, line: lineOf('scheduled run', (result: Result) => result) }, run);
}

/**
 * Makes a Lambda handler for a step of a state machine. The log has only the ids of its input. An execution may have
 * hundreds of steps, so the lines of successful ones have level debug.
 */
export function step<Input extends z.ZodType, Output>(input: Input, run: (input: z.output<Input>) => Promise<Output>) {
  const read = (event: unknown, context: Context) => {
    addFunctionName(context);
    const checked = input.parse(event);
    addLogIds(Object(checked));
    return checked;
  };
  return chain({ origin, read, line: lineOf('step', (_output: Output) => ({}), 'debug') }, run);
}
