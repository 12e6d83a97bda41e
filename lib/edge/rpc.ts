import { type DescMessage, type DescMethodUnary, type DescService, fromJson, toJson } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter, createConnectRouter } from '@connectrpc/connect';
import { createFetchHandler } from '@connectrpc/connect/protocol';
import { AppError, type ErrorCode } from '../kernel/errors.ts';
import { parseExact } from '../kernel/exact-json.ts';
import { addLogFields, currentRequestId } from './context.ts';
import { type HttpAnswer, type HttpRequest, http, MAX_BODY_BYTES } from './http.ts';
import { type Fields, namedInProto, namedInRest } from './rpc-enums.ts';

/** The code of the protocol for each code of the registry. Source: google/rpc/code.proto. */
const CODES = {
  VALIDATION_ERROR: Code.InvalidArgument,
  UNAUTHORIZED: Code.Unauthenticated,
  FORBIDDEN: Code.PermissionDenied,
  NOT_FOUND: Code.NotFound,
  INSUFFICIENT_FUNDS: Code.FailedPrecondition,
  OUT_OF_STOCK: Code.FailedPrecondition,
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

/**
 * `body`: the message as JSON, with the names of the proto file, exact numbers, and enums as in REST. `deadline`: the end of
 * the invocation, in epoch milliseconds.
 */
export type RpcRequest = { readonly body: Fields; readonly deadline: number };
type Method = (request: RpcRequest) => Promise<object>;

/**
 * Makes a Lambda handler for all methods of a Connect service, behind `POST /<package>.<Service>/{method}`: unary, in JSON
 * or binary. Methods have the inputs and outputs of REST, so both have the same rules and views. Fields that are null in a
 * view are not set in the message. A client's time-out does not end the work on its request.
 * @param errorInfo the message that describes an error: code, request_id, details, retry_after_seconds
 */
export function rpc<Service extends DescService>(
  service: Service,
  methods: { readonly [Name in keyof Service['method']]: Method },
  errorInfo: DescMessage,
) {
  const byName = new Map<string, Method>(Object.entries(methods));
  return http({}, async (request) => {
    const router = createConnectRouter({ grpc: false, grpcWeb: false, readMaxBytes: MAX_BODY_BYTES });
    const path = `/${service.typeName}/${request.path('method')}`;
    for (const method of service.methods) {
      const answer = byName.get(method.localName);
      if (answer) serve(router, method as DescMethodUnary, answer, { request, errorInfo });
    }
    const handler = router.handlers.find(({ requestPath }) => requestPath === path);
    if (!handler) throw new AppError('NOT_FOUND', { message: 'There is no such method.' });
    return answerOf(await createFetchHandler(handler)(requestTo(path, request)));
  });
}

function serve(
  router: ConnectRouter,
  method: DescMethodUnary,
  answer: Method,
  { request, errorInfo }: { request: HttpRequest; errorInfo: DescMessage },
): void {
  router.rpc(method, async (message) => {
    try {
      const json = JSON.stringify(toJson(method.input, message, { useProtoFieldName: true }));
      const body = namedInRest(method.input, parseExact(json) as Fields);
      const view = JSON.parse(JSON.stringify(await answer({ body, deadline: request.deadline }))) as Fields;
      return fromJson(method.output, namedInProto(method.output, view));
    } catch (error) {
      throw inProtocol(error, errorInfo);
    }
  });
}

/** The request without the headers that describe the connection. */
function requestTo(path: string, request: HttpRequest): Request {
  const headers = new Headers(request.headers);
  for (const name of ['content-length', 'transfer-encoding', 'connection']) headers.delete(name);
  return new Request(`http://localhost${path}`, { method: 'POST', headers, body: new Uint8Array(request.bytes()) });
}

async function answerOf(response: Response): Promise<HttpAnswer> {
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  const isText = !headers['content-type'] || headers['content-type'].startsWith('application/json');
  return { status, headers, body: isText ? await response.text() : new Uint8Array(await response.arrayBuffer()) };
}

/** Unexpected errors become INTERNAL; the log has the cause. */
function inProtocol(thrown: unknown, errorInfo: DescMessage): ConnectError {
  const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL');
  addLogFields({ error_code: error.code });
  if (error !== thrown) addLogFields({ error: thrown instanceof Error ? thrown : new Error(String(thrown)) });
  const info = fromJson(errorInfo, {
    code: error.code,
    request_id: currentRequestId() ?? '',
    details: error.details.map(({ path, reason }) => ({ path, reason })),
    ...(error.retryAfter === undefined ? {} : { retry_after_seconds: error.retryAfter }),
  });
  return new ConnectError(error.message, CODES[error.code], undefined, [{ desc: errorInfo, value: info }]);
}
