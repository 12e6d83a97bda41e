import { type Command, InvalidArgumentError } from 'commander';
import { type Pages, toJson } from '../../client/index.ts';
import type { Cli } from '../action.ts';
import { type Cell, growingTable } from './text.ts';

/** A list shows one page, as the API does; with --all the pages that follow too. */

export type PageOptions = { readonly limit?: number; readonly cursor?: string; readonly all?: boolean };

/** How a person and a program see the items of a list. */
export type Listing<Item> = {
  readonly head: readonly string[];
  readonly row: (item: Item) => readonly Cell[];
  /** For --quiet. */
  readonly id: (item: Item) => string;
  /** The text if there are no items. */
  readonly none: string;
};

type Page<Name extends string, Item> = { readonly next_cursor: string | null } & Readonly<
  Record<Name, readonly Item[]>
>;

export const paged = (command: Command): Command =>
  command
    .option('--limit <number>', 'how many of them; with --all, how many in a request', wholeNumber)
    .option('--cursor <cursor>', 'the next page: the list ends with its cursor')
    .option('--all', 'prints all pages, one after the other; with --json, one item per line');

export const pageQuery = ({ limit, cursor }: PageOptions) => ({ limit, cursor });

/** @param name of the items in a page */
export async function printList<Name extends string, Item, Found extends Page<Name, Item>>(
  cli: Cli,
  { all: isAll = false }: PageOptions,
  pages: Pages<Item, Found>,
  name: Name,
  listing: Listing<Item>,
): Promise<void> {
  if (isAll) return printAll(cli, pages, name, listing);
  for await (const page of pages.pages()) {
    const items = page[name];
    return cli.print(page, withNext(tableOf(items, listing), page), items.map(listing.id));
  }
}

/** Holds one page in memory. */
async function printAll<Name extends string, Item, Found extends Page<Name, Item>>(
  cli: Cli,
  pages: Pages<Item, Found>,
  name: Name,
  { head, row, id, none }: Listing<Item>,
): Promise<void> {
  const linesOf = growingTable(head);
  let isEmpty = true;
  let next: string | null = null;
  const incomplete = () => `The list is not complete.${next === null ? '' : ` Its rest: --all --cursor ${next}`}`;
  cli.leaveOnInterrupt(incomplete);
  try {
    for await (const page of pages.pages()) {
      const items = page[name];
      if (items.length > 0) {
        if (cli.isJson) console.log(items.map((item) => toJson(item)).join('\n'));
        else cli.print(items, linesOf(items.map(row)), items.map(id));
        isEmpty = false;
      }
      next = page.next_cursor;
    }
  } catch (error) {
    if (next !== null) cli.note(incomplete());
    throw error;
  }
  if (isEmpty && !cli.isJson) cli.print([], none, []);
}

const tableOf = <Item>(items: readonly Item[], { head, row, none }: Listing<Item>) =>
  items.length === 0 ? none : growingTable(head)(items.map(row));

/** A table, and how to read on. */
const withNext = (text: string, { next_cursor: next }: { readonly next_cursor: string | null }) =>
  next === null ? text : `${text}\n\nThere are more: --cursor ${next}`;

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number greater than 0.');
}

export function minorUnits(text: string): bigint {
  if (/^[1-9]\d{0,77}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('It must be a whole number of minor units, greater than 0.');
}
