const DAY_MS = 86_400_000;

/** A day in UTC, `0` for today: `2026-11-22`. */
export const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
