import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { addLogFields, PLAUSIBLE_ID } from './context.ts';
import { invocationId } from './invocation.ts';
import { withLogLine } from './log-line.ts';

/**
 * Makes a Lambda handler for a step of a state machine: its input is checked, its failure is logged and thrown, for the
 * machine's own Retry and Catch to deal with. A machine may run hundreds of them, so those that went well are logged at
 * level debug.
 */
export function step<Input extends z.ZodType, Output>(input: Input, run: (input: z.output<Input>) => Promise<Output>) {
  return middy().handler(
    (event: unknown, context: Context): Promise<Output> =>
      withLogLine(
        {
          requestId: invocationId(context),
          message: 'step',
          fields: { function_name: context?.functionName },
          level: 'debug',
        },
        async () => run(noted(input.parse(event))),
        () => ({}),
      ),
  );
}

/** Of a checked input its ids, and nothing else: inputs are not for logs. */
function noted<Input>(input: Input): Input {
  for (const [name, value] of Object.entries(input as object)) {
    if (typeof value === 'string' && PLAUSIBLE_ID.test(value)) addLogFields({ [name]: value });
  }
  return input;
}
