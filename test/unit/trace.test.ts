import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { sqs } from '../../lib/edge/batch.ts';
import { currentFields, within } from '../../lib/edge/context.ts';
import { ownOrigin, traceCall, traceIdIn } from '../../lib/edge/trace.ts';

const REQUEST = '1-67891233-abcdef012345678912345678';
const INVOCATION = '1-67891234-000000000000000000000001';
const CALL = { name: 'transfers', method: 'POST', url: 'https://bank.example/transfers' };
const invocation = { awsRequestId: 'invocation-1' } as Context;

const daemon = createSocket('udp4');
beforeEach(async () => {
  if (!isBound()) await once(daemon.bind(0, '127.0.0.1'), 'listening');
  vi.stubEnv('AWS_XRAY_DAEMON_ADDRESS', `127.0.0.1:${daemon.address().port}`);
});
afterEach(() => vi.unstubAllEnvs());

it.each([
  [`Root=${REQUEST};Parent=53995c3f42cd8ad8;Sampled=1`, REQUEST],
  [`Self=1-67891299-000000000000000000000009; Root=${REQUEST}`, REQUEST],
  [REQUEST, REQUEST],
  ['Root=1-67891233-abc', undefined],
  [`Root=${REQUEST}"`, undefined],
  ['', undefined],
  [undefined, undefined],
])('the trace id in %s', (text, id) => {
  expect(traceIdIn(text)).toBe(id);
});

it('a worker logs the trace of the request that sent its message, not its own', async () => {
  vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${INVOCATION};Parent=53995c3f42cd8ad8;Sampled=0`);
  const seen: unknown[] = [];
  const handle = sqs(z.object({ chunk: z.number() }), async () => {
    seen.push(currentFields().trace_id);
    return {};
  });
  const record = (messageId: string, messageAttributes: object) => ({
    ...{ messageId, body: '{"chunk":1}', attributes: { ApproximateReceiveCount: '1' }, messageAttributes },
  });
  const Records = [
    record('with', { trace_id: { dataType: 'String', stringValue: REQUEST } }),
    record('without', {}),
    record('wrong', { trace_id: { dataType: 'String', stringValue: 'x\nlevel=error' } }),
  ];

  await handle({ Records } as unknown as SQSEvent, invocation);

  expect(seen).toEqual([REQUEST, INVOCATION, INVOCATION]);
});

it('scheduled work has the trace of its invocation', () => {
  vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${INVOCATION}`);

  expect(ownOrigin(invocation)).toEqual({ requestId: 'invocation-1', traceId: INVOCATION });
});

it('a call carries the trace in the header of W3C Trace Context, each with an id of its own', async () => {
  const headers = await within({ requestId: 'r', traceId: REQUEST }, async () =>
    [1, 2].map(() => traceCall(CALL).headers.traceparent),
  );

  expect(headers[0]).toMatch(/^00-67891233abcdef012345678912345678-[0-9a-f]{16}-01$/);
  expect(headers[1]).not.toBe(headers[0]);
  expect(traceCall(CALL).headers).toEqual({});
});

it.each([
  { status: 200, isFault: undefined },
  { status: 422, isFault: undefined },
  { status: 503, isFault: true },
  { status: undefined, isFault: true },
])('X-Ray gets a call that was answered with $status', async ({ status, isFault }) => {
  vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${INVOCATION};Parent=53995c3f42cd8ad8;Sampled=1`);
  const received = once(daemon, 'message');

  await within({ requestId: 'r', traceId: REQUEST }, async () => traceCall(CALL).end(status));

  const [header, document] = String((await received)[0]).split('\n');
  expect(JSON.parse(`${header}`)).toEqual({ format: 'json', version: 1 });
  expect(JSON.parse(`${document}`)).toEqual({
    ...{ type: 'subsegment', namespace: 'remote', name: 'transfers', id: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ...{ trace_id: INVOCATION, parent_id: '53995c3f42cd8ad8' },
    ...{ start_time: expect.closeTo(Date.now() / 1_000, 0), end_time: expect.closeTo(Date.now() / 1_000, 0) },
    http: {
      request: { method: 'POST', url: 'https://bank.example/transfers' },
      ...(status === undefined ? {} : { response: { status } }),
    },
    ...(isFault ? { fault: true } : {}),
    annotations: { request_trace_id: REQUEST },
  });
});

it('X-Ray gets nothing of an invocation that is not sampled', async () => {
  const received: string[] = [];
  daemon.on('message', (message) => received.push(String(message)));
  const call = () => within({ requestId: 'r', traceId: REQUEST }, async () => traceCall(CALL).end(200));

  vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${INVOCATION};Parent=53995c3f42cd8ad8;Sampled=0`);
  await call();
  vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${INVOCATION};Parent=53995c3f42cd8ad8;Sampled=1`);
  await call();
  await vi.waitFor(() => expect(received).not.toHaveLength(0));

  expect(received).toHaveLength(1);
});

function isBound(): boolean {
  try {
    return daemon.address().port > 0;
  } catch {
    return false;
  }
}
