import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { LogFields } from '../kernel/log.ts';
import { deadlineOf, invocationId } from './invocation.ts';
import { withLogLine } from './log-line.ts';

/**
 * Makes a Lambda handler for a scheduled rule; whoever invokes it by hand gets its result. A failure is logged and
 * thrown: the rule's own retries apply.
 */
export function schedule<Result extends LogFields>(run: (invocation: { deadline: number }) => Promise<Result>) {
  return middy().handler(
    (_event: unknown, context: Context): Promise<Result> =>
      withLogLine(
        {
          requestId: invocationId(context),
          message: 'scheduled run',
          fields: { function_name: context?.functionName },
        },
        () => run({ deadline: deadlineOf(context) }),
        (result) => result,
      ),
  );
}
