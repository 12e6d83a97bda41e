import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { instant, text } from '../kernel/fields.ts';
import { cursorOf, positionIn, unknownCursor } from '../kernel/page.ts';
import { type Position, positionAt, type TimeRange } from './audit.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Without a subject the days are read one by one. */
const MAX_DAYS = 31;

/** The filters of GET /audit. */
export const auditQuery = {
  from: instant.optional().meta({ description: 'Included. By default 24 hours before `to`.' }),
  to: instant.optional().meta({ description: 'Not included. By default now.' }),
  subject: text(256).optional().meta({ description: 'The id of an entity. Without it, a range has at most 31 days.' }),
};
export type AuditParameters = {
  readonly [Name in keyof typeof auditQuery]?: z.output<(typeof auditQuery)[Name]>;
} & { readonly cursor?: string | undefined };

/** Each cursor contains the whole request, so that all pages have the same range. */
export type AuditRequest = { readonly range: TimeRange; readonly subject?: string | undefined };

const position = z
  .string()
  .refine((given) => z.regexes.datetime({ offset: true }).test(given.split('#', 1)[0] ?? ''))
  .transform((given) => given as Position);
const cursorSchema = z.object({ from: position, to: position, after: position, subject: z.string().optional() });

/**
 * The range from `from` up to and without `to`, so that ranges can follow one another. By default `to` is now, and `from`
 * 24 hours before `to`.
 * @throws AppError VALIDATION_ERROR
 */
export function auditRequestOf(
  { now }: { now: () => number },
  { from, to, subject, cursor }: AuditParameters,
): AuditRequest {
  const given = cursor === undefined ? undefined : requestIn(cursor);
  const end = to ?? (given ? Date.parse(given.range.to) : now());
  const begin = from ?? (given ? Date.parse(given.range.from) : end - DAY_MS);
  const about = subject ?? given?.subject;
  if (
    given &&
    (positionAt(begin) !== given.range.from || positionAt(end) !== given.range.to || about !== given.subject)
  ) {
    throw invalid('cursor', 'is of a request with another from, to or subject');
  }
  if (begin >= end) throw invalid(from === undefined ? 'to' : 'from', 'must be before to');
  if (about === undefined && end - begin > MAX_DAYS * DAY_MS) {
    throw invalid('from', `must be at most ${MAX_DAYS} days before to, unless a subject is given`);
  }
  if (given) return given;
  return { range: { from: positionAt(begin), to: positionAt(end) }, subject: about };
}

/** The cursor of the page that begins after a position. */
export function auditCursor({ range: { from, to }, subject }: AuditRequest, after: Position): string {
  return cursorOf(JSON.stringify({ from, to, after, subject }));
}

function requestIn(cursor: string): AuditRequest {
  const { data } = cursorSchema.safeParse(jsonIn(cursor));
  if (!data) throw unknownCursor();
  const { subject, ...range } = data;
  return { range, subject };
}

function jsonIn(cursor: string): unknown {
  try {
    return JSON.parse(positionIn(cursor));
  } catch {
    return undefined;
  }
}

function invalid(path: string, reason: string): AppError {
  return new AppError('VALIDATION_ERROR', { details: [{ path, reason }] });
}
