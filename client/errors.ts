import type { ErrorCode, ErrorDetail } from './contract.ts';
import { parseJson } from './exact-json.ts';

/** The service refused the request, or failed. */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly status: number;
  readonly code: ErrorCode;
  /** The problems of the request: `path` names the field, `reason` describes the problem. */
  readonly details: readonly ErrorDetail[];
  /** Quote it when you report a problem: the service's logs have the cause under it. */
  readonly requestId: string;
  /** Seconds after which a retry is worth it. */
  readonly retryAfter: number | undefined;

  constructor(
    answer: { status: number; retryAfter?: number | undefined },
    { code, message, details, request_id }: ErrorBody,
  ) {
    super(message);
    this.status = answer.status;
    this.code = code;
    this.details = details;
    this.requestId = request_id;
    this.retryAfter = answer.retryAfter;
  }
}

type ErrorBody = { code: ErrorCode; message: string; details: ErrorDetail[]; request_id: string };

/** No answer, or one that is not from the service. Whether the request had an effect is unknown. */
export class SluiceConnectionError extends Error {
  override readonly name = 'SluiceConnectionError';
  /** The status of the answer, if there was one: proxies answer with errors of their own. */
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    { status, retryAfter, cause }: { status?: number; retryAfter?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** What you waited for has not happened in time. */
export class SluiceTimeoutError<Resource = unknown> extends Error {
  override readonly name = 'SluiceTimeoutError';
  /** As it was read last. */
  readonly last: Resource | undefined;

  constructor(message: string, last: Resource | undefined, options?: ErrorOptions) {
    super(message, options);
    this.last = last;
  }
}

/** Whether the service answered with an error, and with this code if you name one. */
export function isSluiceError<Code extends ErrorCode>(
  error: unknown,
  code?: Code,
): error is SluiceError & { readonly code: Code } {
  return error instanceof SluiceError && (code === undefined || error.code === code);
}

type Received = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of the request, such as `GET /batches`. */
  readonly route: string;
};

/** The error of an answer that is none of those that the operation has. */
export function errorOf(received: Received): SluiceError | SluiceConnectionError {
  const body = errorBody(received.text);
  if (!body) return foreignAnswer(received);
  return new SluiceError({ status: received.status, retryAfter: retryAfter(received.headers) }, body);
}

/** Proxies answer with errors of their own. */
export function foreignAnswer({ status, headers, text, route }: Received): SluiceConnectionError {
  const message = `${route} answered ${status}, but not as Sluice does: ${text.slice(0, 200)}`;
  return new SluiceConnectionError(message, { status, retryAfter: retryAfter(headers) });
}

/** A status such as 503 may be an answer of an operation, and still come with an error of the gateway. */
export const isErrorBody = (text: string) => errorBody(text) !== undefined;

function errorBody(text: string): ErrorBody | undefined {
  try {
    const { error } = parseJson(text) as { error?: ErrorBody };
    return typeof error?.code === 'string' ? { ...error, details: error.details ?? [] } : undefined;
  } catch {
    return undefined;
  }
}

/** Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3). */
function retryAfter(headers: Headers): number | undefined {
  const header = headers.get('retry-after');
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const seconds = (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
