import { type Command, InvalidArgumentError } from 'commander';
import type { Pages } from '../../client/index.ts';

/** A list shows one page, as the API does. */

export type PageOptions = { readonly limit?: number; readonly cursor?: string };

export const paged = (command: Command): Command =>
  command
    .option('--limit <number>', 'how many of them', wholeNumber)
    .option('--cursor <cursor>', 'the next page: the list ends with its cursor');

export const pageQuery = ({ limit, cursor }: PageOptions) => ({ limit, cursor });

export async function firstPage<Item, Page extends { readonly next_cursor: string | null }>(
  pages: Pages<Item, Page>,
): Promise<Page> {
  for await (const page of pages.pages()) return page;
  throw new TypeError('A list has at least one page.');
}

/** A table, and how to read on. */
export const withNext = (text: string, { next_cursor: next }: { readonly next_cursor: string | null }) =>
  next === null ? text : `${text}\n\nThere are more: --cursor ${next}`;

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number greater than 0.');
}

export function minorUnits(text: string): bigint {
  if (/^[1-9]\d{0,77}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('It must be a whole number of minor units, greater than 0.');
}
