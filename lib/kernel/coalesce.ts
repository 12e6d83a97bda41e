/**
 * Shares reads without serving stale ones: every caller gets a value from a read that *began after* it asked, and
 * callers that wait while a read is under way share the next one. So 100 workers that each look before each send
 * cost one read per round trip, not one per send.
 */
export function coalesce<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const running = new Map<Key, Promise<Value>>();
  const next = new Map<Key, Promise<Value>>();

  function begin(key: Key): Promise<Value> {
    const reading = read(key).finally(() => {
      if (running.get(key) === reading) running.delete(key);
    });
    running.set(key, reading);
    return reading;
  }

  return (key) => {
    const current = running.get(key);
    if (!current) return begin(key);
    const queued = next.get(key);
    if (queued) return queued;
    const following = current
      .catch(() => undefined) // its own callers see the failure; ours read afresh
      .then(() => {
        next.delete(key);
        return begin(key);
      });
    next.set(key, following);
    return following;
  };
}
