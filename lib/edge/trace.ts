import { createSocket } from 'node:dgram';
import { getStringFromEnv, getXrayTraceDataFromEnv } from '@aws-lambda-powertools/commons/utils/env';
import type { Context } from 'aws-lambda';
import { memoize } from 'es-toolkit';
import { runtime } from '../runtime.ts';
import { currentTraceId, invocationId, type Origin } from './context.ts';

/*
 * One trace id follows a request through its messages to the calls of the rails: in log lines, in the message attribute `trace_id`, and
 * in the header `traceparent`. Lambda and API Gateway record their own segments in X-Ray. The calls of the rails are added here, as
 * subsegments; AWS's SDK for that is no longer developed, and is as large as all of a function.
 */

/** X-Ray's id of a trace: 1, seconds since 1970, and 96 bits, all in hexadecimal. */
const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;

/** @param text an id, or a header X-Amzn-Trace-Id such as `Root=1-67891233-abcdef012345678912345678;Sampled=1` */
export function traceIdIn(text: string | undefined): string | undefined {
  const id = text?.match(/(?:^|;\s*)Root=([^;]+)/)?.[1] ?? text;
  return id !== undefined && TRACE_ID.test(id) ? id : undefined;
}

/** The trace that Lambda made for the current invocation. */
export function traceIdOfInvocation(): string | undefined {
  return traceIdIn(getXrayTraceDataFromEnv()?.Root);
}

/** Of work that no request or message asked for. */
export function ownOrigin(context: Context): Origin {
  return { requestId: invocationId(context), traceId: traceIdOfInvocation() };
}

/** A call to a rail. */
export type Call = { readonly name: string; readonly method: string; readonly url: string };

/**
 * A call to the outside begins.
 * @returns `headers` for it (W3C Trace Context), and what is called with the status of its answer, or without one
 */
export function traceCall(call: Call): { headers: Record<string, string>; end(status?: number): void } {
  const traceId = currentTraceId();
  if (traceId === undefined) return { headers: {}, end() {} };
  const id = runtime().newId().replaceAll('-', '').slice(-16);
  const traceparent = `00-${traceId.slice(2).replace('-', '')}-${id}-01`;
  const start = runtime().now();
  return {
    headers: { traceparent },
    end: (status) => sendSubsegment({ ...call, id, start, end: runtime().now(), status, traceId }),
  };
}

type Ended = Call & { readonly [name in 'start' | 'end']: number } & {
  readonly id: string;
  readonly status: number | undefined;
  /** Of the request. A worker has a trace of its own, which Lambda made. */
  readonly traceId: string;
};

/**
 * Of the current invocation, if it is sampled. Never fails and never waits: a datagram may be lost.
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
function sendSubsegment({ name, method, url, id, start, end, status, traceId }: Ended): void {
  const { Root, Parent, Sampled } = getXrayTraceDataFromEnv() ?? {};
  const daemon = getStringFromEnv({ key: 'AWS_XRAY_DAEMON_ADDRESS', defaultValue: '' });
  if (!Root || !Parent || Sampled !== '1' || daemon === '') return;
  const document = {
    type: 'subsegment',
    namespace: 'remote',
    ...{ name, id, trace_id: Root, parent_id: Parent, start_time: start / 1_000, end_time: end / 1_000 },
    http: { request: { method, url }, ...(status === undefined ? {} : { response: { status } }) },
    ...(status === undefined || status >= 500 ? { fault: true } : {}),
    annotations: { request_trace_id: traceId },
  };
  const [host, port] = daemon.split(':');
  socket().send(`{"format":"json","version":1}\n${JSON.stringify(document)}`, Number(port), host, () => {});
}

const socket = memoize(() => createSocket('udp4').unref());
