/** Reads a value at most once in `ms`. A change of it holds in every process after this time. */
export function cachedFor<Value>(ms: number, read: () => Promise<Value>, now: () => number): () => Promise<Value> {
  let cached: { readonly value: Value; readonly until: number } | undefined;
  return async () => {
    const readAt = now();
    if (cached && readAt < cached.until) return cached.value;
    const value = await read();
    cached = { value, until: readAt + ms };
    return value;
  };
}
