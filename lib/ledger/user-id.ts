import { z } from 'zod';
import { otherwise } from '../kernel/fields.ts';

/** The caller's name for the owner of a wallet. It has no "#", which separates the parts of a key. */
export type UserId = string & { readonly __brand: 'UserId' };

const USER_ID = /^[A-Za-z0-9][A-Za-z0-9_.:@+|-]{0,127}$/;

export function parseUserId(text: string): UserId | undefined {
  return USER_ID.test(text) ? (text as UserId) : undefined;
}

/** The field of a request body. */
export const userIdField = z
  .string(otherwise('must be a string'))
  .regex(USER_ID, 'must be 1 to 128 letters, digits or "_.:@+|-", beginning with a letter or digit')
  .transform((id) => id as UserId);
