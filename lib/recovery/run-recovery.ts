import { sum } from 'es-toolkit';
import pMap from 'p-map';
import type { Metrics, PublishMetrics } from '../kernel/metrics.ts';
import type { PositionStore } from './ports.ts';

/** How one domain finds and recovers its open items. */
export type Recovery<Item> = {
  /** Its position is stored under this name. */
  readonly name: string;
  /** All items that may need recovery. The list may be a little out of date. */
  readonly list: () => Promise<readonly Item[]>;
  /** The next page of items. Called until a page is empty or the run has no time left. */
  readonly listMore?: () => Promise<readonly Item[]>;
  /** Unique and stable, so that the next run can continue after it. */
  readonly idOf: (item: Item) => string;
  /** Must be safe to repeat, and to run twice at once. `until`: epoch milliseconds at which a long step has to end. */
  readonly recover: (item: Item, count: Count, until: number) => Promise<void>;
  /** Items that are recovered at the same time; by default 10. */
  readonly concurrency?: number;
  /** `list` and `listMore` continue after the last run by themselves: no position is stored. */
  readonly continues?: true;
  /** The number that an item counts for; by default 1. */
  readonly sizeOf?: (item: Item) => number;
};

/** Counts what was done, by kind. */
export type Count = (kind: string, howMany?: number) => void;

export type RecoveryDeps = {
  /** Without it every run begins with the first item. */
  readonly positions?: PositionStore;
  /** Gets the numbers of each run that has found something. */
  readonly publishMetrics?: PublishMetrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** `left`: items that the run had no time for; the next run begins with them. */
export type Recovered = {
  readonly found: number;
  readonly failed: number;
  readonly left: number;
  readonly done: Readonly<Record<string, number>>;
};

/** Kept free at the end of a run, so that running items can end. */
const RESERVE_MS = 10_000;
const CONCURRENCY = 10;
const MAX_REASONS = 5;

/** A run recovered everything but some items. Its message has the counts. */
export class RecoveryFailed extends AggregateError {
  override readonly name = 'RecoveryFailed';
  readonly recovered: Recovered;

  constructor(name: string, recovered: Recovered, failures: readonly Error[]) {
    const reasons = failures.slice(0, MAX_REASONS).map(({ message }) => message);
    super(failures, `${name} ${JSON.stringify(recovered)}: ${reasons.join('; ')}`);
    this.recovered = recovered;
  }
}

/**
 * Recovers all open items of one domain, some at a time, until `deadline` (epoch milliseconds). An item that fails does
 * not keep the others from being recovered.
 * @throws RecoveryFailed after all other items, if one of them failed
 */
export async function runRecovery<Item>(
  { publishMetrics, now, ...deps }: RecoveryDeps,
  recovery: Recovery<Item>,
  deadline: number,
): Promise<Recovered> {
  const { name, idOf, recover, concurrency = CONCURRENCY, sizeOf = () => 1 } = recovery;
  const positions = recovery.continues ? undefined : deps.positions;
  const beganAt = now();
  const until = deadline - RESERVE_MS;
  const failures: Error[] = [];
  const done: Record<string, number> = {};
  const sizes = { found: 0, failed: 0, left: 0 };
  const count: Count = (kind, howMany = 1) => {
    done[kind] = (done[kind] ?? 0) + howMany;
  };
  const succeeds = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
      return true;
    } catch (error) {
      failures.push(new Error(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error }));
      return false;
    }
  };
  let stored: Promise<unknown> = Promise.resolve();
  const beginAfter = (item: Item) => {
    stored = stored.then(() => succeeds('position', async () => positions?.write(name, idOf(item))));
    return stored;
  };

  const listed = await recovery.list();
  let last: string | undefined;
  if (positions && listed.length > 0) {
    await succeeds('position', async () => {
      last = await positions.read(name);
    });
  }
  const recoverAll = (items: readonly Item[]) =>
    pMap(
      items,
      async (item, index) => {
        const size = sizeOf(item);
        sizes.found += size;
        if (now() >= until) {
          const previous = items[index - 1];
          const isFirst = sizes.left === 0;
          sizes.left += size;
          if (isFirst && previous) await beginAfter(previous);
          return;
        }
        // Stored before the items begin, so that items that never end, or end the process, cost the others one run only.
        const lastAtOnce = items[Math.min(index + concurrency, items.length) - 1];
        if (lastAtOnce && index % concurrency === 0) await beginAfter(lastAtOnce);
        if (!(await succeeds(idOf(item), () => recover(item, count, until)))) sizes.failed += size;
      },
      { concurrency },
    );
  let items: readonly Item[] = startingAfter(last, listed, idOf);
  while (items.length > 0) {
    await recoverAll(items);
    items = now() < until ? ((await recovery.listMore?.()) ?? []) : [];
  }
  const recovered = { ...sizes, done };
  if (sizes.found > 0) publishMetrics?.(metricsOf(recovered, now() - beganAt), { recovery: name });
  if (failures.length > 0) throw new RecoveryFailed(name, recovered, failures);
  return recovered;
}

/** The results of recoveries that run at once, by name. A failure of one is thrown when all have ended. */
export async function endAll<Name extends string>(
  runs: Readonly<Record<Name, Promise<Recovered>>>,
): Promise<Record<Name, Recovered>> {
  const ended = await Promise.allSettled(Object.values<Promise<Recovered>>(runs));
  const failures = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  if (failures.length > 0)
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.join('; '));
  const results = ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return Object.fromEntries(Object.keys(runs).map((name, at) => [name, results[at]])) as Record<Name, Recovered>;
}

/** `Recovered`: what was done, of all kinds. An item may need nothing, or several things. */
function metricsOf({ found, failed, left, done }: Recovered, ms: number): Metrics {
  const count = (value: number) => ({ unit: 'Count', value }) as const;
  return {
    Found: count(found),
    Recovered: count(sum(Object.values(done))),
    Failed: count(failed),
    Left: count(left),
    Duration: { unit: 'Milliseconds', value: ms },
  };
}

/** The items in the order of their ids, from the one after the last item that the previous run started. */
function startingAfter<Item>(last = '', items: readonly Item[], idOf: (item: Item) => string): Item[] {
  const ordered = [...items].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const first = ordered.findIndex((item) => idOf(item) > last);
  return first <= 0 ? ordered : [...ordered.slice(first), ...ordered.slice(0, first)];
}
