import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { AppError } from '../kernel/errors.ts';

/** What a client sees of a failure. Its text comes from the registry or from our code; the log has the cause. */
export function publicError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return isOutage(thrown) ? new AppError('UNAVAILABLE', { retryAfter: 1 }) : new AppError('INTERNAL');
}

/** A service of AWS could not be reached, throttled or failed, after the retries of the SDK. */
function isOutage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return [isTransientError, isThrottlingError, isServerError].some((is) => is(thrown as never));
}
