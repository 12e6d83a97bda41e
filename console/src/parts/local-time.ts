/*
 * Fields of the type `datetime-local` have times in the user's zone, without it.
 */

/** In UTC, of the time that a field holds. */
export const asUtc = (local: string): string => (local === '' ? '' : new Date(local).toISOString());

/** The content of a field for a time in UTC, to the minute. */
export function localTime(at: string | null | undefined): string {
  if (!at) return '';
  const time = new Date(at);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
