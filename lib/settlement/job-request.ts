import { z } from 'zod';
import { countDays, type Day, dayOf, parseDay } from '../kernel/day.ts';
import { otherwise } from '../kernel/fields.ts';

/** A quarter of a year: the limit of one execution of the state machine. */
export const MAX_DAYS = 92;

const day = z
  .string(otherwise('must be a string'))
  .transform((text, context): Day => {
    const parsed = parseDay(text);
    if (parsed) return parsed;
    context.addIssue({ code: 'custom', message: 'must be a day of the calendar, yyyy-mm-dd' });
    return z.NEVER;
  })
  .meta({ format: 'date' });

/** A range of UTC days, both ends included. */
export const dayRange = z
  .object({ from: day, to: day })
  .refine(({ from, to }) => from <= to, { path: ['from'], message: 'must not be after "to"' })
  .refine(({ from, to }) => from > to || countDays(from, to) <= MAX_DAYS, {
    path: ['to'],
    message: `must be at most ${MAX_DAYS} days after "from", that day included`,
  });

/** The body of POST /jobs/settlement. The range may include today. */
export const jobRequest = ({ now }: { now: () => number }) =>
  dayRange.refine(({ to }) => to <= dayOf(now()), {
    path: ['to'],
    message: `must not be in the future: today is ${dayOf(now())} in UTC`,
  });
