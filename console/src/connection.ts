import { useSyncExternalStore } from 'react';

/*
 * Whether the service answers. Every request of the console reports here, so one that fails shows the notice, and one that
 * succeeds removes it.
 */

let isLost = false;
const listeners = new Set<() => void>();

function report(lost: boolean): void {
  if (lost === isLost) return;
  isLost = lost;
  for (const listener of listeners) listener();
}

/** Answers of a proxy whose service is away. Sluice's own answers with these statuses are JSON. */
const isFromProxy = ({ status, headers }: Response) =>
  [502, 503, 504].includes(status) && !headers.get('content-type')?.includes('json');

/** `fetch` that reports whether the service answered. */
export const reportingFetch: typeof fetch = async (input, init) => {
  try {
    const response = await fetch(input, init);
    report(isFromProxy(response));
    return response;
  } catch (error) {
    const wasAborted = (init?.signal?.reason as Error | undefined)?.name === 'AbortError';
    if (!wasAborted) report(true);
    throw error;
  }
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** True after a request got no answer, until the next one does. */
export const useIsConnectionLost = () => useSyncExternalStore(subscribe, () => isLost);
