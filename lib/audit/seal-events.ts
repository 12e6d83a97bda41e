import pMap from 'p-map';
import type { CloudEvent, EventKey, Position } from '../events/index.ts';
import { nameOfEvent, positionAt } from '../events/index.ts';
import { addDays, dayOf } from '../kernel/day.ts';
import { entryOf, NO_TIP, nextBlock, tipAfter } from './block.ts';
import { signHead } from './head.ts';
import type { Head, Listed, SealDeps } from './ports.ts';

/** Kept free at the end of a run: a block, its signature and the head are written in it. */
const RESERVE_MS = 10_000;
/** A new chain begins with events of this age, and older events are read a second time in ranges of at least this length. */
const HOUR_MS = 60 * 60_000;
const BLOCKS_AT_ONCE = 8;
/** Of a range that is read a second time; in an hour there are at least as many minutes. */
const MOST_BLOCKS = 60;

export type Sealed = {
  readonly sealed: number;
  readonly blocks: number;
  /** How many of them were found by the second reading. */
  readonly late: number;
  /** Another run moved the head, so this one ended. */
  readonly overtaken: boolean;
  /** Seconds from the first event that is not sealed for certain to now. */
  readonly behind_s: number;
};

/** Another run has moved the head. Blocks that this run has stored and not listed belong to no chain. */
class Overtaken extends Error {}

/** Some events could not be read. All others are sealed. */
class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/**
 * Seals all committed events that are not sealed, oldest first, until `deadline` (epoch milliseconds). Events have no mark, so a
 * run reads a range of time and skips the events that blocks have. The ranges of runs overlap, because an event gets its time
 * before it is committed. Once an hour, older events are read a second time.
 *
 * A block is stored first. Then the head moves to it, if no other run has moved it: the chain never forks, and a run that dies
 * leaves at most a block that belongs to no chain.
 * @throws Unreadable after all readable events are sealed
 */
export async function sealEvents(deps: SealDeps, deadline: number): Promise<Sealed> {
  const { chain, now } = deps;
  const run = new Sealing(deps, deadline - RESERVE_MS, (await chain.head()) ?? beginning(now()));
  let overtaken = false;
  try {
    await run.all();
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    overtaken = true;
  }
  const { sealed, blocks, late, unreadable, head } = run;
  if (unreadable.size > 0)
    throw new Unreadable(`${unreadable.size} events are unreadable: ${[...unreadable].slice(0, 5)}`);
  return { sealed, blocks, late, overtaken, behind_s: Math.round((now() - Date.parse(head.from)) / 1_000) };
}

function beginning(now: number): Head {
  const at = iso(now - HOUR_MS);
  return { ...NO_TIP, sealed_at: at, from: at, late: at, checked_at: at, version: 0, isKept: true };
}

/** One run. `head` is the last one that it has read or written. */
class Sealing {
  head: Head;
  sealed = 0;
  blocks = 0;
  late = 0;
  readonly unreadable = new Set<string>();
  readonly #deps: SealDeps;
  readonly #until: number;

  /** @param until epoch milliseconds at which it stops reading */
  constructor(deps: SealDeps, until: number, head: Head) {
    this.#deps = deps;
    this.#until = until;
    this.head = head;
  }

  async all(): Promise<void> {
    const { chain, now, policy } = this.#deps;
    if (this.head.signed && !this.head.isKept) await chain.keep(this.head.signed);
    // An event that appears after this moment may have a time up to the overlap before it.
    const startedAt = now();
    const certain = iso(startedAt - policy.overlapMs);
    await this.#seal(this.head.from, iso(startedAt), (readTo) => ({ from: max(this.head.from, min(readTo, certain)) }));
    const before = this.sealed;
    while (now() < this.#until) {
      const next = iso(Date.parse(this.head.late) + HOUR_MS);
      const limit = min(iso(now() - policy.lateAfterMs), this.head.from);
      if (next > limit) break;
      await this.#seal(this.head.late, max(next, await this.#endOfFewBlocks(limit)), (readTo) => ({ late: readTo }));
    }
    this.late = this.sealed - before;
  }

  /** The end of a range after `late` whose blocks fit into memory. */
  async #endOfFewBlocks(limit: string): Promise<string> {
    const { late } = this.head;
    let blocks = 0;
    for await (const { earliest } of this.#deps.chain.listed(late)) {
      if (earliest >= late) blocks += 1;
      if (blocks > MOST_BLOCKS) return min(limit, earliest);
    }
    return limit;
  }

  /**
   * Seals the events of a range that no block has.
   * @param progress what of the head changes when all events before a time were read
   */
  async #seal(from: string, to: string, progress: (readTo: string) => Partial<Head>): Promise<void> {
    const { policy, now } = this.#deps;
    const known = await this.#sealedIn(from, to);
    let waiting: CloudEvent[] = [];
    for await (const { page, readTo } of this.#pages(from, to)) {
      const fresh = page.filter((key) => !known.has(nameOfEvent(key)));
      waiting.push(...(await this.#read(fresh)));
      while (waiting.length >= policy.blockSize) {
        const events = waiting.slice(0, policy.blockSize);
        await this.#add(events, progress(events.at(-1)?.time ?? from));
        waiting = waiting.slice(policy.blockSize);
      }
      if (now() >= this.#until) return this.#add(waiting, progress(readTo));
    }
    await this.#add(waiting, progress(to));
  }

  /** The keys of all events of a range, in order. All before `readTo` have been read. */
  async *#pages(from: string, to: string): AsyncGenerator<{ page: readonly EventKey[]; readTo: string }> {
    const { log, policy } = this.#deps;
    const range = { from: positionAt(Date.parse(from)), to: positionAt(Date.parse(to)) };
    const lastDay = dayOf(Date.parse(to));
    for (let day = dayOf(Date.parse(from)); day <= lastDay; day = addDays(day, 1)) {
      let after: Position | undefined;
      for (;;) {
        const page = await log.keysOfDay(day, after === undefined ? range : { ...range, after }, policy.pageSize);
        after = page.at(-1)?.position;
        const isDayRead = after === undefined || page.length < policy.pageSize;
        yield { page, readTo: isDayRead ? min(to, `${addDays(day, 1)}T00:00:00.000Z`) : timeOf(`${after}`) };
        if (isDayRead) break;
      }
    }
  }

  /** The names of sealed events of a range. An event is sealed after its time. */
  async #sealedIn(from: string, to: string): Promise<Set<string>> {
    const { chain } = this.#deps;
    const blocks: Listed[] = [];
    for await (const block of chain.listed(from)) {
      if (block.earliest < to && block.last >= from) blocks.push(block);
    }
    const names = new Set<string>();
    await pMap(
      blocks,
      async (block) => {
        const { entries } = await chain.read(block);
        for (const entry of entries) if (entry.position >= from && entry.position < to) names.add(nameOfEvent(entry));
      },
      { concurrency: BLOCKS_AT_ONCE },
    );
    return names;
  }

  /** In order. Keys whose event was deleted since the index was read are left out. */
  async #read(keys: readonly EventKey[]): Promise<CloudEvent[]> {
    if (keys.length === 0) return [];
    const events: CloudEvent[] = [];
    for (const { key, event } of await this.#deps.log.byKeys(keys)) {
      if (event && isHashable(event)) events.push(event);
      else this.unreadable.add(nameOfEvent(key));
    }
    return events;
  }

  /** Adds a block of the events, if there are any, and moves the head. */
  async #add(events: readonly CloudEvent[], progress: Partial<Head>): Promise<void> {
    const { chain, signer, now } = this.#deps;
    const checked = { ...this.head, ...progress, version: this.head.version + 1, isKept: true, checked_at: iso(now()) };
    if (events.length === 0) return this.#move(checked);
    const block = nextBlock(this.head, events, now());
    const tip = tipAfter(block.header);
    await chain.store(block, tip.hash);
    const signed = await signHead(signer, tip);
    const { number, hash, sealed_at } = tip;
    const [earliest = '', last = ''] = [events[0]?.time, events.at(-1)?.time];
    await this.#move({ ...checked, ...tip, signed, isKept: false }, { number, hash, sealed_at, earliest, last });
    this.sealed += events.length;
    this.blocks += 1;
    await chain.keep(signed);
  }

  async #move(head: Head, block?: Listed): Promise<void> {
    if (!(await this.#deps.chain.move(head, block))) throw new Overtaken();
    this.head = head;
  }
}

const iso = (time: number) => new Date(time).toISOString();
/** Of times in ISO 8601. */
const min = (a: string, b: string) => (a < b ? a : b);
const max = (a: string, b: string) => (a < b ? b : a);
/** A position begins with the time. */
const timeOf = (position: string) => position.split('#', 1)[0] ?? position;

function isHashable(event: CloudEvent): boolean {
  try {
    entryOf(event);
    return true;
  } catch {
    return false;
  }
}
