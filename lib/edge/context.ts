import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields } from '../kernel/log.ts';

type Context = { readonly requestId: string; fields: LogFields };

/** One for each request, message or run under way: on a laptop many share a process. */
const contexts = new AsyncLocalStorage<Context>();

/** What others may send us as a request id: it goes into headers, log lines and messages. */
export const PLAUSIBLE_ID = /^[\w.:-]{1,128}$/;

/** Runs work on behalf of one request, message or scheduled run. */
export function within<Result>(requestId: string, work: () => Promise<Result>): Promise<Result> {
  return contexts.run({ requestId, fields: {} }, work);
}

export function currentRequestId(): string | undefined {
  return contexts.getStore()?.requestId;
}

/** Adds to every line that is logged from here on on behalf of the same request. Ids, statuses and amounts only. */
export function addLogFields(fields: LogFields): void {
  const context = contexts.getStore();
  if (context) context.fields = { ...context.fields, ...fields };
}

/** What every line of the request under way says. */
export function currentFields(): LogFields {
  const context = contexts.getStore();
  return context ? { request_id: context.requestId, ...context.fields } : {};
}
