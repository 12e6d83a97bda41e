import { z } from 'zod';
import { hasDay } from '../kernel/day.ts';
import { AppError } from '../kernel/errors.ts';
import { text } from '../kernel/fields.ts';
import { type Position, positionAt, type TimeRange } from './audit.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Days that are read one by one: a subject's events are found without that. */
const MOST_DAYS = 31;

const time = z.iso.datetime({ offset: true });
const instant = z
  .string()
  .refine((given) => time.safeParse(given).success, {
    error: 'must be a time with its zone, such as 2026-11-19T08:30:00Z',
    abort: true,
  })
  .transform((given) => Date.parse(given))
  .refine(hasDay, 'must be from 2000-01-01 to 9999-12-31 in UTC');

/** Parameters of GET /audit, beside how many events a page has. */
export const auditParameters = {
  from: instant.optional(),
  to: instant.optional(),
  subject: text(256).optional(),
  cursor: z.string().optional(),
};
type Parameters = { [Name in keyof typeof auditParameters]?: z.output<(typeof auditParameters)[Name]> };

/** What is asked for: the whole range stands in each cursor, so that it stays the same from page to page. */
export type AuditRequest = { readonly range: TimeRange; readonly subject?: string };

const position = z
  .string()
  .refine((given) => time.safeParse(given.split('#', 1)[0]).success)
  .transform((given) => given as Position);
const cursorSchema = z.object({ from: position, to: position, after: position, subject: z.string().optional() });

/**
 * Half-open, so that one range ends where the next begins; by default the last 24 hours before its end, which by
 * default is now.
 * @throws AppError VALIDATION_ERROR
 */
export function auditRequestOf(
  { now }: { now: () => number },
  { from, to, subject, cursor }: Parameters,
): AuditRequest {
  const given = cursor === undefined ? undefined : requestOf(cursor);
  const end = to ?? (given ? Date.parse(given.range.to) : now());
  const begin = from ?? (given ? Date.parse(given.range.from) : end - DAY_MS);
  const about = subject ?? given?.subject;
  if (
    given &&
    (positionAt(begin) !== given.range.from || positionAt(end) !== given.range.to || about !== given.subject)
  ) {
    throw wrong('cursor', 'is of a request with another from, to or subject');
  }
  if (begin >= end) throw wrong(from === undefined ? 'to' : 'from', 'must be before to');
  if (about === undefined && end - begin > MOST_DAYS * DAY_MS) {
    throw wrong('from', `must be at most ${MOST_DAYS} days before to, unless a subject is given`);
  }
  if (given) return given;
  return {
    range: { from: positionAt(begin), to: positionAt(end) },
    ...(about === undefined ? {} : { subject: about }),
  };
}

/** For what comes after `after`. */
export function cursorOf({ range: { from, to }, subject }: AuditRequest, after: Position): string {
  return Buffer.from(JSON.stringify({ from, to, after, subject })).toString('base64url');
}

function requestOf(cursor: string): AuditRequest {
  const { data } = cursorSchema.safeParse(jsonOf(cursor));
  if (!data) throw wrong('cursor', 'is not one that was given out');
  const { subject, ...range } = data;
  return { range, ...(subject === undefined ? {} : { subject }) };
}

function jsonOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function wrong(path: string, reason: string): AppError {
  return new AppError('VALIDATION_ERROR', { details: [{ path, reason }] });
}
