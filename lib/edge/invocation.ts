import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

/** What is left of an invocation where nobody says: the timeout of most of our functions. */
const FALLBACK_MS = 20_000;

/** Lambda's own name for an invocation, the same when it is repeated after a failure. */
export function invocationId(context: Context | undefined): string {
  return context?.awsRequestId || randomUUID();
}

/** Epoch milliseconds at which Lambda ends the invocation, finished or not. */
export function deadlineOf(context: Context | undefined): number {
  return Date.now() + (context?.getRemainingTimeInMillis?.() ?? FALLBACK_MS);
}
