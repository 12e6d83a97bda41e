import { useSyncExternalStore } from 'react';
import { formatDuration, formatLocal, formatShort, formatUtc } from '../format.ts';

/** In the user's time zone; UTC on hover. */
export function Time({ at }: { at: string | null }) {
  if (at === null) return <>–</>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatUtc(date)}>
      {formatShort(date)}
    </time>
  );
}

/** The time now, read every second: one clock for all that show it. */
const clock = { now: Date.now(), listeners: new Set<() => void>() };
let ticking: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  clock.listeners.add(listener);
  if (ticking === undefined) clock.now = Date.now(); // it stood still without listeners
  ticking ??= setInterval(() => {
    clock.now = Date.now();
    for (const each of clock.listeners) each();
  }, 1_000);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** The clock ticks each second, and that of the service may be a little ahead. */
const CLOCK_LAG_MS = 2_000;

/** How long ago, or in how long; the time itself on hover. */
export function Ago({ at }: { at: string }) {
  const since = useSyncExternalStore(subscribe, () => clock.now) - Date.parse(at);
  const length = formatDuration(Math.floor(Math.abs(since) / 1_000) * 1_000, 1);
  return (
    <time dateTime={at} title={`${formatLocal(new Date(at))} · ${formatUtc(new Date(at))}`}>
      {since > -CLOCK_LAG_MS && since < 1_000 ? 'now' : since > 0 ? `${length} ago` : `in ${length}`}
    </time>
  );
}
