import { SluiceConnectionError, SluiceError } from './errors.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** After these the request may succeed. 502 GATEWAY_ERROR is final: the gateway did not charge. */
const TRANSIENT = [429, 500, 503, 504];

/** Whether to send a request again after this error. */
export function mayRetry(error: unknown, repeatable: boolean): boolean {
  if (error instanceof SluiceError) {
    if (error.status === 429) return true; // nothing was changed
    return repeatable && (TRANSIENT.includes(error.status) || error.code === 'REQUEST_IN_PROGRESS');
  }
  if (!(error instanceof SluiceConnectionError)) return false;
  const { status } = error;
  return repeatable && (status === undefined || status === 502 || TRANSIENT.includes(status));
}

/** Retry-After, else exponential with full jitter, so that callers who failed together do not return together. */
export function pauseAfter(attempt: number, retryAfter: number | undefined): number {
  if (retryAfter !== undefined) return retryAfter * 1000;
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
}

/** @throws the signal's reason, once the signal is aborted */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
