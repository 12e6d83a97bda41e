/** A calendar day in UTC, `yyyy-mm-dd`. Days sort as text. */
export type Day = string & { readonly __brand: 'Day' };

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The first and the last millisecond of the supported days. */
const FIRST_INSTANT = Date.parse('2000-01-01T00:00:00.000Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether the day of an instant is supported. @param instant epoch milliseconds */
export function hasDay(instant: number): boolean {
  return instant >= FIRST_INSTANT && instant <= LAST_INSTANT;
}

/** @returns undefined unless the text is a day of the calendar from 2000 to 9999 */
export function parseDay(text: string): Day | undefined {
  if (!/^[2-9]\d{3}-\d\d-\d\d$/.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) || !day.toISOString().startsWith(text) ? undefined : (text as Day);
}

/** @param instant epoch milliseconds */
export function dayOf(instant: number): Day {
  return new Date(instant).toISOString().slice(0, 10) as Day;
}

export function addDays(day: Day, days: number): Day {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);
}

/** The number of days of a range, both ends included. */
export function countDays(from: Day, to: Day): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/** Every day of the range, both ends included. */
export function daysFrom(from: Day, to: Day): Day[] {
  const days: Day[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}
