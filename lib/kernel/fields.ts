import { z } from 'zod';
import { hasDay } from './day.ts';
import { AppError, type ErrorDetail } from './errors.ts';
import { ExactNumber } from './exact-json.ts';

/*
 * Fields that request bodies share, and the errors of invalid ones.
 */

/** Tells a missing field from an invalid one. */
export const otherwise = (reason: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : reason),
});

/** The characters that `trim` removes, but for control characters. */
const SPACE = ' \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
const CONTROL = '\\x00-\\x1f\\x7f-\\x9f';
/** Not blank and without control characters, for JSON Schema: classes of Unicode are not known to every regex engine. */
const PRINTABLE = `^[${SPACE}]*[^${SPACE}${CONTROL}][^${CONTROL}]*$`;
const HAS_CONTROL = new RegExp(`[${CONTROL}]`);

/** @param max characters: code points, which JSON Schema counts too */
export const text = (max: number) =>
  z
    .string(otherwise('must be a string'))
    .refine((value) => value.trim() !== '', 'must not be empty')
    .refine((value) => value.length <= max || [...value].length <= max, `must be at most ${max} characters`)
    .refine((value) => !HAS_CONTROL.test(value), 'must not contain control characters')
    // Half a surrogate pair has no UTF-8 form and would change when stored.
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')
    .meta({ minLength: 1, maxLength: max, pattern: PRINTABLE });

/** A name that a caller gives to a resource. It is part of paths and keys. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
export const name = () =>
  z
    .string(otherwise('must be a string'))
    .regex(NAME, 'must be 1 to 64 letters, digits, "_" or "-", beginning with a letter or digit');

/** An id in a path. A malformed id is NOT_FOUND, like any unknown id; the pattern is for the document. */
export const pathId = (pattern: RegExp) => z.string().meta({ pattern: pattern.source });

/** A JSON object. It refuses unknown fields by name. */
export const object = <Shape extends z.ZodRawShape>(shape: Shape, reason = 'must be a JSON object') =>
  // A number of the body is an object of TypeScript.
  z.preprocess((given) => (given instanceof ExactNumber ? given.text : given), z.strictObject(shape, reason));

/** For refinements that see a value even if a part of it is invalid, so that a caller sees all problems at once. */
export const always = { when: () => true };

/** A body in one of several shapes. An invalid body has the problems of the shape that `pick` chooses for it. */
export const shapes = <const Shapes extends readonly z.ZodType[]>(
  all: Shapes,
  pick: (given: unknown) => Shapes[number],
) =>
  z.preprocess((given, context) => {
    const { error } = pick(given).safeParse(given);
    context.issues.push(...((error?.issues ?? []) as z.core.$ZodRawIssue[]));
    return given;
  }, z.union(all));

/** A whole number of any size, in plain digits. It refuses `1.0` and `1e0`, which are usually mistakes. */
export function wholeNumber(min: bigint, max: bigint) {
  const reason = `must be a whole number from ${min} to ${max}`;
  return z
    .instanceof(ExactNumber, otherwise(reason))
    .transform(({ text: written }, context): bigint => {
      // BigInt is slow for millions of digits.
      const value = /^\d{1,40}$/.test(written) ? BigInt(written) : undefined;
      if (value !== undefined && value >= min && value <= max) return value;
      context.addIssue({ code: 'custom', message: reason });
      return z.NEVER;
    })
    .meta({ type: 'integer', minimum: Number(min), maximum: Number(max) }); // for JSON Schema
}

/** A whole number as a string of digits: JSON readers round numbers this large. */
export const digits = (max: number) =>
  z
    .string(otherwise(`must be a string of 1 to ${max} digits`))
    .regex(/^[1-9][0-9]*$/, 'must be a whole number greater than 0, in plain digits')
    .max(max, `must have at most ${max} digits`)
    .transform(BigInt);

const TIME = z.regexes.datetime({ offset: true });
/** Years 2000 to 9999, for JSON Schema. */
export const YEAR = '^[2-9][0-9]{3}-';

/** An instant with its zone (RFC 3339), without which its day in UTC would be unknown. In epoch milliseconds. */
export const instant = z
  .string(otherwise('must be a string'))
  .refine((written) => TIME.test(written), {
    error: 'must be a time with its zone, such as 2026-11-19T08:30:00Z',
    abort: true,
  })
  .refine((written) => hasDay(Date.parse(written)), 'must be from 2000-01-01 to 9999-12-31 in UTC')
  .transform((written) => Date.parse(written))
  .meta({ format: 'date-time', pattern: YEAR });

/** Checks an input against its schema. @throws AppError VALIDATION_ERROR naming every invalid field */
export function validate<Value>(schema: z.ZodType<Value>, input: unknown): Value {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AppError('VALIDATION_ERROR', { details: problemsIn(parsed.error) });
}

/**
 * After this many problems only the first one of each further entry of a list is named. So every invalid entry is named, and
 * the response stays below Lambda's 6 MB.
 */
const MAX_LISTED_IN_FULL = 20_000;

/** The problems that a schema found; `path` names the field: `payouts[3].amount`. */
export function problemsIn(error: z.ZodError): ErrorDetail[] {
  const problems = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ at: [...issue.path, key], reason: 'is not a known field' }))
      : [{ at: issue.path, reason: issue.message }],
  );
  const named = new Set(problems.slice(0, MAX_LISTED_IN_FULL).map(({ at }) => entryOf(at)));
  const further = problems
    .slice(MAX_LISTED_IN_FULL)
    .filter(({ at }) => !named.has(entryOf(at)) && named.add(entryOf(at)));
  return [...problems.slice(0, MAX_LISTED_IN_FULL), ...further].map(({ at, reason }) => ({ path: pathOf(at), reason }));
}

const entryOf = (path: readonly PropertyKey[]) => pathOf(path.slice(0, 2));

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

/*
 * Fields of answers.
 */

/** A whole number that may exceed what a float holds; views write its digits. */
export const int64 = () => z.custom<unknown>().meta({ type: 'integer', format: 'int64' });
/** An amount in major units with exactly the decimals of its currency; views write its digits. */
export const decimal = () => z.custom<unknown>().meta({ type: 'number' });
export const count = () => z.number().meta({ type: 'integer', minimum: 0 });
/** RFC 3339, in UTC. */
export const time = () => z.string().meta({ format: 'date-time' });
export const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);
/** One problem of a request. */
export const problem = z
  .object({ path: z.string(), reason: z.string() })
  .catchall(z.union([z.string(), z.number()]))
  .meta({ id: 'ErrorDetail', description: '`path` names the field: `payouts[3].amount`.' });
