import { z } from 'zod';

const MAX_PAGE_SIZE = 500;

const whole = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
};

/** Query parameters of lists. */
export const pageSize = whole(1, MAX_PAGE_SIZE).default(50);
export const pageNumber = whole(1, 1_000_000).default(1);

export const cursorPage = z.object({ limit: pageSize, cursor: z.string().optional() });

/** The same page by the names `page_size` and `page_token`. */
export const tokenPage = z
  .object({ page_size: pageSize, page_token: z.string().optional() })
  .transform(({ page_size, page_token }) => ({ limit: page_size, cursor: page_token }));
