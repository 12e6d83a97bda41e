import { useEffect, useState } from 'react';
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

/** The time now, read every second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** How long ago, or in how long; the time itself on hover. */
export function Ago({ at }: { at: string }) {
  const since = useNow() - Date.parse(at);
  const length = formatDuration(Math.floor(Math.abs(since) / 1_000) * 1_000);
  return (
    <time dateTime={at} title={`${formatLocal(new Date(at))} · ${formatUtc(new Date(at))}`}>
      {Math.abs(since) < 1_000 ? 'now' : since > 0 ? `${length} ago` : `in ${length}`}
    </time>
  );
}
