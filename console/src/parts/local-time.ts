/*
 * Fields of the type `datetime-local` have times in the user's zone, without it.
 */

/** In UTC, of the time that a field holds. */
export const asUtc = (local: string): string => (local === '' ? '' : new Date(local).toISOString());

const TO_MINUTE = 16;
/** For fields with the step 0.001. */
export const TO_MILLISECOND = 23;

/** The content of a field for a time in UTC, by default to the minute. */
export function localTime(at: string | null | undefined, length = TO_MINUTE): string {
  if (!at) return '';
  const time = new Date(at);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, length);
}
