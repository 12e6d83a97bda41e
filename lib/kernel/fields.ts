import { z } from 'zod';
import { AppError, type ErrorDetail } from './errors.ts';
import { ExactNumber } from './exact-json.ts';

/*
 * Fields that request bodies share, and the errors of invalid ones.
 */

/** Tells a missing field from an invalid one. */
export const otherwise = (reason: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : reason),
});

export const text = (max: number) =>
  z
    .string(otherwise('must be a string'))
    .refine((value) => value.trim() !== '', 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    // Half a surrogate pair has no UTF-8 form and would change when stored.
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');

/** A name that a caller gives to a resource. It is part of paths and keys. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
export const name = () =>
  z
    .string(otherwise('must be a string'))
    .regex(NAME, 'must be 1 to 64 letters, digits, "_" or "-", beginning with a letter or digit');

/** A whole number of any size, in plain digits. It refuses `1.0` and `1e0`, which are usually mistakes. */
export function wholeNumber(min: bigint, max: bigint) {
  const reason = `must be a whole number from ${min} to ${max}`;
  return z
    .instanceof(ExactNumber, otherwise(reason))
    .transform(({ text: written }, context): bigint => {
      // BigInt is slow for millions of digits.
      if (/^\d{1,40}$/.test(written) && BigInt(written) >= min && BigInt(written) <= max) return BigInt(written);
      context.addIssue({ code: 'custom', message: reason });
      return z.NEVER;
    })
    .meta({ type: 'integer', minimum: Number(min), maximum: Number(max) }); // for JSON Schema
}

/** A whole number as a string of digits: JSON readers round numbers this large. */
export const digits = (max: number) =>
  z
    .string(otherwise(`must be a string of 1 to ${max} digits`))
    .regex(/^[1-9]\d*$/, 'must be a whole number greater than 0, in plain digits')
    .max(max, `must have at most ${max} digits`)
    .transform(BigInt);

/** Checks an input against its schema. @throws AppError VALIDATION_ERROR naming every invalid field */
export function validate<Value>(schema: z.ZodType<Value>, input: unknown): Value {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AppError('VALIDATION_ERROR', { details: problemsIn(parsed.error) });
}

/** The problems that a schema found; `path` names the field: `payouts[3].amount`. */
export function problemsIn(error: z.ZodError): ErrorDetail[] {
  return error.issues.map(({ path, message }) => ({
    path: path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('')
      .replace(/^\./, ''),
    reason: message,
  }));
}
