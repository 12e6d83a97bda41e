import { SluiceConnectionError, SluiceTimeoutError } from './errors.ts';
import { sleep } from './retry.ts';
import type { Answer } from './transport.ts';

export type WaitOptions<Resource> = {
  /** How long to wait; ten minutes by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with the resource as it was first read, and after each change. */
  readonly onProgress?: (resource: Resource) => void;
  /** The pause between two reads. By default it begins at 0.2 s, grows to 5 s, and begins again after each change. */
  readonly pollMs?: number;
};

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const GROWTH = 1.5;
/** For the last read, which may begin just before the end. */
const LAST_READ_MS = 5_000;

/**
 * Reads a resource until it has ended. An unchanged one is answered with 304 and no body.
 * @throws SluiceTimeoutError, also if the last read was not answered; the reason of an aborted signal; what `read` throws
 */
export async function waitUntil<Resource>(
  name: string,
  read: (ifNoneMatch: string | undefined, withinMs: number) => Promise<Answer<Resource>>,
  hasEnded: (resource: Resource) => boolean,
  { timeoutMs = 600_000, signal, onProgress, pollMs }: WaitOptions<Resource>,
): Promise<Resource> {
  const deadline = Date.now() + timeoutMs;
  let last: Resource | undefined;
  let etag: string | undefined;
  const notEnded = (cause?: SluiceConnectionError) => {
    const why = cause ? ` ${cause.message}` : '';
    return new SluiceTimeoutError(`${name} has not ended within ${timeoutMs} ms.${why}`, last, { cause });
  };
  for (let pause = pollMs ?? FIRST_PAUSE_MS; ; pause = pollMs ?? Math.min(LONGEST_PAUSE_MS, pause * GROWTH)) {
    const { status, headers, body } = await read(etag, Math.max(LAST_READ_MS, deadline - Date.now())).catch((error) => {
      throw error instanceof SluiceConnectionError && Date.now() >= deadline ? notEnded(error) : error;
    });
    if (status !== 304) {
      last = body;
      etag = headers.get('etag') ?? undefined;
      pause = pollMs ?? FIRST_PAUSE_MS;
      onProgress?.(body);
      if (hasEnded(body)) return body;
    }
    if (Date.now() + pause > deadline) throw notEnded();
    await sleep(pause, signal);
  }
}
