/**
 * Shares reads without stale results: every caller gets the value of a read that began after its call. Callers that come
 * during a read share the next one, so 100 workers that check before each send cost one read per round trip. A write that
 * takes what callers have put aside before is shared in the same way.
 */
export function coalesce<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const running = new Map<Key, Promise<Value>>();
  const next = new Map<Key, Promise<Value>>();

  function start(key: Key): Promise<Value> {
    const reading = read(key).finally(() => {
      if (running.get(key) === reading) running.delete(key);
    });
    running.set(key, reading);
    return reading;
  }

  return (key) => {
    const current = running.get(key);
    if (!current) return start(key);
    const queued = next.get(key);
    if (queued) return queued;
    const following = current
      .catch(() => undefined) // its own callers see the failure; the next read is independent
      .then(() => {
        next.delete(key);
        return start(key);
      });
    next.set(key, following);
    return following;
  };
}
