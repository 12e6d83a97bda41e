import { ExponentialBackoff, handleType, retry } from 'cockatiel';

/** The edge takes it for an outage: AWS refuses a part because of its own state. */
class PartlyDone extends Error {
  override readonly name = 'PartlyDone';
  readonly $retryable = { throttling: true };
}

const policy = retry(handleType(PartlyDone), {
  maxAttempts: 5,
  backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 2_000 }),
});

/**
 * Sends a batch of which AWS may leave a part for later, and sends that part again with jitter.
 * @param send returns the entries that are left
 * @throws PartlyDone entries are left after the last try; the others are done
 */
export async function retryRest<Entry>(
  entries: Entry[],
  what: string,
  send: (entries: Entry[]) => Promise<Entry[]>,
): Promise<void> {
  let left = entries;
  await policy.execute(async () => {
    left = await send(left);
    if (left.length > 0) throw new PartlyDone(`${left.length} ${what}`);
  });
}
