export type Page = { readonly next_cursor: string | null };

/** A list that the service returns in pages. Iterate over it for the items, over `pages()` for whole answers. */
export class Pages<Item, Answer extends Page> implements AsyncIterable<Item> {
  readonly #read: (cursor: string | undefined) => Promise<Answer>;
  readonly #itemsOf: (page: Answer) => readonly Item[];
  readonly #start: string | undefined;

  constructor(
    read: (cursor: string | undefined) => Promise<Answer>,
    itemsOf: (page: Answer) => readonly Item[],
    start?: string,
  ) {
    this.#read = read;
    this.#itemsOf = itemsOf;
    this.#start = start;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages()) yield* this.#itemsOf(page);
  }

  /** Reads a page when it is asked for, until the last one. */
  async *pages(): AsyncGenerator<Answer, void, undefined> {
    for (let cursor: string | null | undefined = this.#start; cursor !== null; ) {
      const page: Answer = await this.#read(cursor);
      yield page;
      cursor = page.next_cursor;
    }
  }

  /** All items at once. */
  async all(): Promise<Item[]> {
    const items: Item[] = [];
    for await (const item of this) items.push(item);
    return items;
  }
}
