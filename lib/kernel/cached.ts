/**
 * Reads a value at most once in `ms`, also if many callers need it at the same time. A change of it holds in every process after
 * this time. A read that fails is not kept.
 */
export function cachedFor<Value>(ms: number, read: () => Promise<Value>, now: () => number): () => Promise<Value> {
  let cached: { readonly value: Promise<Value>; readonly until: number } | undefined;
  return () => {
    const readAt = now();
    if (cached && readAt < cached.until) return cached.value;
    const reading = { value: read(), until: readAt + ms };
    cached = reading;
    reading.value.catch(() => {
      if (cached === reading) cached = undefined;
    });
    return reading.value;
  };
}
