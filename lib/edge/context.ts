import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context as Invocation } from 'aws-lambda';
import type { LogFields } from '../kernel/log.ts';
import type { Principal } from '../kernel/principal.ts';
import { runtime } from '../runtime.ts';

/** What a request, message or run is known by, and who asked for it. Only requests have a principal. */
export type Origin = {
  readonly requestId: string;
  /** Of X-Ray. Absent where nothing made one. */
  readonly traceId?: string | undefined;
  readonly principal?: Principal | undefined;
};

type Context = Origin & { fields: LogFields };

/** One context for each request, message or run. In a local process many run at the same time. */
const contexts = new AsyncLocalStorage<Context>();

/** The time limit of most functions, in milliseconds, for a caller that does not name one. */
const FALLBACK_MS = 20_000;

/** A valid request id from a caller. It is copied into headers, log lines and messages. */
export const PLAUSIBLE_ID = /^[\w.:-]{1,128}$/;

/** Runs the work of one request, message or scheduled run. */
export function within<Result>(origin: Origin, work: () => Promise<Result>): Promise<Result> {
  const { principal } = origin;
  return contexts.run({ ...origin, fields: principal ? { key_id: principal.keyId } : {} }, work);
}

/** Who made the current request. The service's own work has no principal. */
export function currentPrincipal(): Principal | undefined {
  return contexts.getStore()?.principal;
}

export function currentRequestId(): string | undefined {
  return contexts.getStore()?.requestId;
}

export function currentTraceId(): string | undefined {
  return contexts.getStore()?.traceId;
}

/** What the messages carry that the current work sends. */
export function currentIds(): Readonly<Record<string, string>> {
  const { requestId, traceId } = contexts.getStore() ?? {};
  return { ...(requestId ? { request_id: requestId } : {}), ...(traceId ? { trace_id: traceId } : {}) };
}

/** Adds fields to every later log line of the same request. Ids, statuses and amounts only. */
export function addLogFields(fields: LogFields): void {
  const context = contexts.getStore();
  if (context) context.fields = { ...context.fields, ...fields };
}

/** Parameters that identify an account. */
const NEVER_LOGGED = new Set(['address']);

/** {@link addLogFields} of those values that can be ids. */
export function addLogIds(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!NEVER_LOGGED.has(name) && typeof value === 'string' && PLAUSIBLE_ID.test(value))
      addLogFields({ [name]: value });
  }
}

/** The fields that every line of the current request has. */
export function currentFields(): LogFields {
  return { ...currentIds(), ...contexts.getStore()?.fields };
}

/** Lambda's id of an invocation, which stays the same when Lambda repeats it after a failure. */
export function invocationId(invocation: Invocation | undefined): string {
  return invocation?.awsRequestId || runtime().newId();
}

/** Epoch milliseconds at which Lambda ends the invocation, finished or not. */
export function deadlineOf(invocation: Invocation | undefined): number {
  return runtime().now() + (invocation?.getRemainingTimeInMillis?.() ?? FALLBACK_MS);
}
