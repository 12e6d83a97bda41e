import { z } from 'zod';

const MAX_PAGE_SIZE = 500;

const whole = (minimum: number, maximum: number) => {
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.number().min(minimum, message).max(maximum, message))
    .meta({
      override: ({ jsonSchema }) => {
        delete jsonSchema.pattern; // of the digits in the URL
        Object.assign(jsonSchema, { type: 'integer', minimum, maximum });
      },
    });
};

/** JSON Schema loses a default behind a transform. */
function shown(fallback: number) {
  return { override: ({ jsonSchema }: { jsonSchema: object }) => Object.assign(jsonSchema, { default: fallback }) };
}

/** Query parameters of lists. */
export const anyPageSize = whole(1, MAX_PAGE_SIZE);
export const pageSize = anyPageSize.default(50).meta(shown(50));
export const pageNumber = whole(1, 1_000_000).default(1).meta(shown(1));
/** Of a file that is answered in parts. */
export const afterLine = whole(0, 999_999_999)
  .default(0)
  .meta({ ...shown(0), description: 'The last line of the answer before.' });
export const cursor = z.string().max(2_000).optional().meta({ description: 'The `next_cursor` of the page before.' });
export const page = { limit: pageSize, cursor };

/** Of answers with a page of a list: null on the last page. */
export const nextCursor = z.union([z.string(), z.null()]).meta({ description: 'Null on the last page.' });
