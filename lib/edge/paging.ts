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

/** Query parameters that lists share. */
export const pageSize = whole(1, MAX_PAGE_SIZE).default(50);
export const pageNumber = whole(1, 1_000_000).default(1);
