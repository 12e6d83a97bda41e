import { z } from 'zod';
import type { ErrorDetail } from './errors.ts';
import { ExactNumber } from './exact-json.ts';

/*
 * Fields that bodies of requests share, and what to tell the sender of a wrong one.
 */

/** One text for what is missing, another for what is wrong. */
export const otherwise = (reason: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : reason),
});

export const text = (max: number) =>
  z
    .string(otherwise('must be a string'))
    .refine((value) => value.trim() !== '', 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    // Half a surrogate pair has no UTF-8: it would not be read back as it was written.
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');

/** A name that callers give to a thing: it stands in paths and keys. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
export const name = () =>
  z
    .string(otherwise('must be a string'))
    .regex(NAME, 'must be 1 to 64 letters, digits, "_" or "-", beginning with a letter or digit');

/** A whole number in plain digits, exact however large: neither `1.0` nor `1e0`, which few senders mean to write. */
export function wholeNumber(min: bigint, max: bigint) {
  const reason = `must be a whole number from ${min} to ${max}`;
  return z
    .instanceof(ExactNumber, otherwise(reason))
    .transform(({ text: written }, context): bigint => {
      // BigInt takes its time over millions of digits.
      if (/^\d{1,40}$/.test(written) && BigInt(written) >= min && BigInt(written) <= max) return BigInt(written);
      context.addIssue({ code: 'custom', message: reason });
      return z.NEVER;
    })
    .meta({ type: 'integer', minimum: Number(min), maximum: Number(max) }); // what it is in JSON Schema
}

/** The same as a string, of as many digits as a number in JSON cannot be trusted to keep. */
export const digits = (most: number) =>
  z
    .string(otherwise(`must be a string of 1 to ${most} digits`))
    .regex(/^[1-9]\d*$/, 'must be a whole number greater than 0, in plain digits')
    .max(most, `must have at most ${most} digits`)
    .transform(BigInt);

/** What a schema found wrong; `path` names the field: `payouts[3].amount`. */
export function problemsIn(error: z.ZodError): ErrorDetail[] {
  return error.issues.map(({ path, message }) => ({
    path: path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('')
      .replace(/^\./, ''),
    reason: message,
  }));
}
