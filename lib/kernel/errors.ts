/**
 * The one registry of errors a client can see: code -> HTTP status, whether the same request may succeed later,
 * and the text shown when the thrower gives none. Nothing outside this table reaches a client.
 */
export const ERRORS = {
  VALIDATION_ERROR: { status: 400, retryable: false, text: 'The request is not valid.' },
  UNAUTHORIZED: { status: 401, retryable: false, text: 'A valid X-API-Key header is required.' },
  FORBIDDEN: { status: 403, retryable: false, text: 'This API key does not allow the request.' },
  NOT_FOUND: { status: 404, retryable: false, text: 'There is no such resource.' },
  INSUFFICIENT_FUNDS: { status: 409, retryable: false, text: 'The balance does not cover this amount.' },
  OUT_OF_STOCK: { status: 409, retryable: false, text: 'The stock does not cover this quantity.' },
  DUPLICATE: { status: 409, retryable: false, text: 'Other payouts have these keys. Nothing was stored.' },
  LIMIT_EXCEEDED: { status: 409, retryable: false, text: 'This is more than a limit of the API key allows.' },
  INVALID_STATE: { status: 409, retryable: false, text: 'This is not possible in the current state.' },
  REQUEST_IN_PROGRESS: { status: 409, retryable: true, text: 'The first request with this key is still running.' },
  IDEMPOTENCY_MISMATCH: { status: 422, retryable: false, text: 'This key was used before with a different request.' },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false, text: 'The request body is too large.' },
  RATE_LIMITED: { status: 429, retryable: true, text: 'Too many requests.' },
  INTERNAL: {
    status: 500,
    retryable: true,
    text: 'An unexpected error occurred. Quote the request id when reporting it.',
  },
  UNAVAILABLE: { status: 503, retryable: true, text: 'The service cannot do this now. Nothing accepted is lost.' },
  GATEWAY_ERROR: { status: 502, retryable: true, text: 'The payment gateway failed.' },
  GATEWAY_TIMEOUT: { status: 504, retryable: true, text: 'The payment gateway did not answer in time.' },
} as const satisfies Record<string, { status: number; retryable: boolean; text: string }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * One problem of a request: `path` names the field (`payouts[3].amount`), `reason` describes the problem. Other fields hold
 * what a client needs to continue, such as the id of a payment that is PENDING.
 */
export type ErrorDetail = { path: string; reason: string; [more: string]: string | number };

/** The only error that use cases throw. Its message and details are public: no internal text, no account numbers. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  /** Seconds after which a retry is worth it; becomes the Retry-After header. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    options: { message?: string; details?: readonly ErrorDetail[]; retryAfter?: number } = {},
  ) {
    super(options.message ?? ERRORS[code].text);
    this.code = code;
    this.details = options.details ?? [];
    this.retryAfter = options.retryAfter;
  }
}

/** The result of a read. @throws AppError NOT_FOUND the result is undefined */
export function orNotFound<Value>(value: Value | undefined, message: string): Value {
  if (value === undefined) throw new AppError('NOT_FOUND', { message });
  return value;
}

/** Other writers were first at every try. Nothing was written, so a retry is safe, with or without a key. */
export function contended(): AppError {
  return new AppError('RATE_LIMITED', {
    message: 'Too many concurrent requests change the same resource. Nothing was changed; try again.',
    retryAfter: 1,
  });
}

/** For `catch`: other writers were first at every try, and nothing was written. Every other error is thrown again. */
export function undefinedIfContended(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'RATE_LIMITED')) throw error;
}

/** A bug of our own code. It is never caught and ignored: the request fails with INTERNAL, or the message fails. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
