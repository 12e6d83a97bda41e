import { buffer } from 'node:stream/consumers';
import { type DescMessage, type DescMethodUnary, fromJson, type JsonObject, toJson } from '@bufbuild/protobuf';
import { Code, ConnectError, createConnectRouter, createContextKey, createContextValues } from '@connectrpc/connect';
import {
  createAsyncIterable,
  type UniversalServerRequest,
  type UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import { codeToHttpStatus, codeToString, errorToJson } from '@connectrpc/connect/protocol-connect';
import { once } from 'es-toolkit';
import { z } from 'zod';
import { AppError, type ErrorCode, invariant } from '../kernel/errors.ts';
import { parseExact } from '../kernel/exact-json.ts';
import { validate } from '../kernel/fields.ts';
import { currentRequestId } from './context.ts';
import { type HttpAnswer, type HttpRequest, http, MAX_BODY_BYTES } from './http.ts';
import type { AnswerContract, Contract, Route } from './route.ts';
import { type Fields, fieldInProto, namedInProto, namedInRest } from './rpc-names.ts';
import { requestSchema, responseSchema } from './rpc-schema.ts';

/** The code of the protocol for each code of the registry. Source: google/rpc/code.proto. */
const CODES = {
  VALIDATION_ERROR: Code.InvalidArgument,
  UNAUTHORIZED: Code.Unauthenticated,
  FORBIDDEN: Code.PermissionDenied,
  NOT_FOUND: Code.NotFound,
  INSUFFICIENT_FUNDS: Code.FailedPrecondition,
  OUT_OF_STOCK: Code.FailedPrecondition,
  DUPLICATE: Code.AlreadyExists,
  LIMIT_EXCEEDED: Code.FailedPrecondition,
  INVALID_STATE: Code.FailedPrecondition,
  REQUEST_IN_PROGRESS: Code.Aborted,
  IDEMPOTENCY_MISMATCH: Code.AlreadyExists,
  PAYLOAD_TOO_LARGE: Code.ResourceExhausted,
  RATE_LIMITED: Code.ResourceExhausted,
  INTERNAL: Code.Internal,
  UNAVAILABLE: Code.Unavailable,
  GATEWAY_ERROR: Code.Unavailable,
  GATEWAY_TIMEOUT: Code.DeadlineExceeded,
} as const satisfies Record<ErrorCode, Code>;

/** The HTTP status of an error; some differ from REST. */
export const rpcStatus = (code: ErrorCode): number => codeToHttpStatus(CODES[code]);

/** The body of errors (https://connectrpc.com/docs/protocol#error-end-stream). */
export const rpcError = z
  .object({
    code: z.enum([...new Set(Object.values(CODES))].map(codeToString)),
    message: z.string(),
    details: z.array(
      z.object({
        type: z.string().meta({ description: 'The name of a message.' }),
        value: z.string().meta({ description: 'The message in binary, as base64 without padding.' }),
        debug: z.looseObject({}).optional().meta({ description: 'The message as JSON.' }),
      }),
    ),
  })
  .meta({ id: 'RpcError' });

const TYPES = ['application/json', 'application/proto'];

/** What a procedure accepts. */
type Procedure<Body> = Pick<Contract<unknown, unknown, unknown>, 'summary' | 'description' | 'scope' | 'errors'> & {
  /** Of the message as JSON, with the names of REST and exact numbers. */
  readonly request?: z.ZodType<Body>;
  readonly links?: AnswerContract['links'];
};

/** `deadline`: the end of the invocation, in epoch milliseconds. */
type RpcRequest<Body> = { readonly body: Body; readonly deadline: number };
type Answer<Body> = (request: RpcRequest<Body>) => Promise<object>;

/**
 * Makes the routes of Connect procedures: unary, in JSON or binary. Procedures have the inputs and outputs of REST, so both
 * have the same rules and views. Fields that are null in a view are not set in the message. A client's time-out does not end
 * the work on its request.
 * @param errorInfo the message that describes an error: code, request_id, details, retry_after_seconds
 */
export function rpc(errorInfo: DescMessage) {
  return <Body>(method: DescMethodUnary, { request: schema, links, ...contract }: Procedure<Body>) =>
    (answer: Answer<Body>): Route => {
      const { path, call } = connect(method, async ({ body, deadline }) =>
        answer({ body: schema ? validate(schema, body) : (body as Body), deadline }),
      );
      const body = once(() => requestSchema(method.input, schema));
      return {
        ...contract,
        method: 'POST',
        path,
        protocol: 'connect',
        // For the document only: a function does not make the schemas of messages when it starts.
        get body() {
          return body();
        },
        bodyTypes: TYPES,
        get answers() {
          return {
            200: {
              description: 'The response.',
              schema: responseSchema(method.output),
              type: 'application/proto',
              ...(links ? { links } : {}),
            },
            415: { description: `The body is neither ${TYPES.join(' nor ')}.` },
            501: { description: 'The body is compressed.', schema: rpcError },
          };
        },
        handler: http({ scope: contract.scope }, call, (error) => errorAnswer(error, errorInfo)),
      };
    };
}

/** One request on its way through Connect's handler, which would hide a failure from the log. */
type Passage = { readonly deadline: number; isParsed?: true; failure?: { readonly error: unknown } };
const PASSAGE = createContextKey<Passage>({ deadline: 0 });

function connect(method: DescMethodUnary, answer: Answer<Fields>) {
  const router = createConnectRouter({
    grpc: false,
    grpcWeb: false,
    readMaxBytes: MAX_BODY_BYTES,
    // Otherwise a misspelt value of an enum would be read as unset: any status, the source `wallet`.
    jsonOptions: { ignoreUnknownFields: false },
  });
  router.rpc(method, async (message, { values }) => {
    const passage = values.get(PASSAGE);
    passage.isParsed = true;
    try {
      const json = JSON.stringify(toJson(method.input, message, { useProtoFieldName: true }));
      const body = namedInRest(method.input, parseExact(json) as Fields);
      const view = JSON.parse(JSON.stringify(await answer({ body, deadline: passage.deadline }))) as Fields;
      return fromJson(method.output, namedInProto(method.output, view));
    } catch (error) {
      passage.failure = { error };
      throw error;
    }
  });
  const [handler] = router.handlers;
  invariant(handler, 'a router has a handler for each method');
  const call = async (request: HttpRequest): Promise<HttpAnswer> => {
    const passage: Passage = { deadline: request.deadline };
    const answered = await answerOf(await handler(requestTo(handler.requestPath, request, passage)));
    if (passage.failure) throw passage.failure.error;
    if (!passage.isParsed) refuseUnparsed(answered);
    return answered;
  };
  return { path: handler.requestPath as `/${string}`, call };
}

function requestTo(path: string, request: HttpRequest, passage: Passage): UniversalServerRequest {
  return {
    httpVersion: '1.1',
    method: 'POST',
    url: `http://localhost${path}`,
    header: protocolHeaders(request),
    body: createAsyncIterable([request.bytes()]),
    signal: new AbortController().signal,
    contextValues: createContextValues().set(PASSAGE, passage),
  };
}

/** content-length, one of the other headers, is the length of the body before API Gateway encoded it. */
function protocolHeaders({ headers }: HttpRequest): Headers {
  const names = [
    'content-type',
    'content-encoding',
    'accept-encoding',
    'connect-timeout-ms',
    'connect-protocol-version',
  ];
  return new Headers(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

async function answerOf({ status, header, body }: UniversalServerResponse): Promise<HttpAnswer> {
  const type = header?.get('content-type') ?? 'application/json';
  const bytes = body ? await buffer(body) : Buffer.of();
  const isText = type.startsWith('application/json');
  return { status, headers: { 'content-type': type }, body: isText ? bytes.toString() : bytes };
}

/** Connect reports bytes that are no message as internal. @throws AppError VALIDATION_ERROR */
function refuseUnparsed({ status, body }: HttpAnswer): void {
  if (status !== 400 && status !== 500) return;
  const { message } = JSON.parse(body as string) as { message: string };
  throw new AppError('VALIDATION_ERROR', { details: [{ path: '', reason: message }] });
}

function errorAnswer(error: AppError, errorInfo: DescMessage): HttpAnswer {
  const info = fromJson(errorInfo, {
    code: error.code,
    request_id: currentRequestId() ?? '',
    details: error.details.map(({ path, reason }) => ({ path: fieldInProto(path), reason })),
    ...(error.retryAfter === undefined ? {} : { retry_after_seconds: error.retryAfter }),
  });
  const inProtocol = new ConnectError(error.message, CODES[error.code], undefined, [
    { desc: errorInfo, value: info as unknown as JsonObject },
  ]);
  return { status: rpcStatus(error.code), body: errorToJson(inProtocol, undefined) };
}
