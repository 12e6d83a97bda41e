import { z } from 'zod';

const MAX_PAGE_SIZE = 500;

const whole = (min: number, max: number, fallback: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message))
    .default(fallback)
    .meta({
      override: ({ jsonSchema }) => {
        delete jsonSchema.pattern; // of the digits in the URL
        Object.assign(jsonSchema, { type: 'integer', minimum: min, maximum: max, default: fallback });
      },
    });
};

/** Query parameters of lists. */
export const pageSize = whole(1, MAX_PAGE_SIZE, 50);
export const pageNumber = whole(1, 1_000_000, 1);
export const cursor = z.string().max(2_000).optional().meta({ description: 'The `next_cursor` of the page before.' });
export const page = { limit: pageSize, cursor };

/** Of answers with a page of a list: null on the last page. */
export const nextCursor = z.union([z.string(), z.null()]).meta({ description: 'Null on the last page.' });
