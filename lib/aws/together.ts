/** How many calls of one kind a process has under way at once before the next parts wait. */
const UNDER_WAY = 2;

type Waiting<Part, Result> = {
  readonly part: Part;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

/** A part whose call had no effect because of other parts: it is sent again. */
export const AGAIN = Symbol('again');

/**
 * Sends the small requests of one process together when they meet. A request is sent at once while fewer than two calls are
 * under way. The requests that come later wait until one of them ends, and then share the next call.
 *
 * An error of a call goes to every request in it. On Lambda a process has one request at a time, so little meets there.
 * @param take chooses at least one of the waiting parts for a call, in their order
 * @param send returns the result of each part
 */
export function together<Part, Result>(
  take: (waiting: readonly Part[]) => ReadonlySet<Part>,
  send: (parts: readonly Part[]) => Promise<readonly (Result | typeof AGAIN)[]>,
): (part: Part) => Promise<Result> {
  let waiting: Waiting<Part, Result>[] = [];
  let underWay = 0;

  async function call(): Promise<void> {
    const taken = take(waiting.map(({ part }) => part));
    const group = waiting.filter(({ part }) => taken.has(part));
    waiting = waiting.filter(({ part }) => !taken.has(part));
    try {
      const results = await send(group.map(({ part }) => part));
      for (const [index, { resolve }] of group.entries()) {
        const result = results[index];
        if (result !== AGAIN) resolve(result as Result);
      }
      waiting.unshift(...group.filter((_, index) => results[index] === AGAIN));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  async function callUntilNoneWaits(): Promise<void> {
    underWay += 1;
    while (waiting.length > 0) await call();
    underWay -= 1;
  }

  return (part) =>
    new Promise((resolve, reject) => {
      waiting.push({ part, resolve, reject });
      if (underWay < UNDER_WAY) void callUntilNoneWaits();
    });
}
