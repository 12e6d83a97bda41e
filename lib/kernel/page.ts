import { AppError } from './errors.ts';

/** A page of a list. `cursor`: from the page before; undefined for the first page. */
export type PageRequest = { readonly limit: number; readonly cursor?: string | undefined };

/** Without a cursor it is the last page. */
export type Page<Item> = { readonly items: readonly Item[]; readonly cursor?: string | undefined };

export const cursorOf = (position: string) => Buffer.from(position).toString('base64url');
export const positionIn = (cursor: string) => Buffer.from(cursor, 'base64url').toString();

export function unknownCursor(): AppError {
  const reason = 'must be one that an earlier page returned';
  return new AppError('VALIDATION_ERROR', { details: [{ path: 'cursor', reason }] });
}
