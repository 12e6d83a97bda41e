import type { ChunkTotals } from './facts.ts';

/** Codes of failures that were retried since are not remembered, and how long a payment took may be rounded: not by these. */
const FOLDED: Readonly<Record<string, number>> = { withdrawal_failures: 1, durations: 2 };
const WITHOUT_FACTS = new Set(['duration_sums']);

/**
 * Counters beside what facts come to. Events are counted a little later than they happen. So which events were counted has to
 * be read first, then the counters, then the facts: each counter lies between what the events come to that were counted
 * before, and what has happened since.
 */
export class Counters {
  readonly #totals = new Map<string, bigint>();
  readonly #least = new Map<string, bigint>();
  readonly #most = new Map<string, bigint>();

  /** @param name as it is stored */
  add(name: string, total: bigint): void {
    const series = JSON.parse(name) as string[];
    const [family = ''] = series;
    if (!WITHOUT_FACTS.has(family)) increase(this.#totals, series.slice(0, FOLDED[family] ?? series.length), total);
  }

  /** @param isCounted whether all of its events were counted before the counters were read */
  totalsOf({ series, by }: ChunkTotals, isCounted: boolean): void {
    increase(this.#most, series, by);
    if (isCounted) increase(this.#least, series, by);
  }

  /** One sentence for each that is wrong, by its name. */
  get differences(): [name: string, says: string][] {
    return [...new Set([...this.#totals.keys(), ...this.#most.keys()])].flatMap((name): [string, string][] => {
      const [total, least, most] = [this.#totals, this.#least, this.#most].map((map) => map.get(name) ?? 0n) as [
        bigint,
        bigint,
        bigint,
      ];
      if (total >= least && total <= most) return [];
      return [[name, `expected ${least === most ? most : `${least} to ${most}`}, found ${total}`]];
    });
  }
}

function increase(sums: Map<string, bigint>, series: readonly string[], by: bigint): void {
  const name = JSON.stringify(series);
  sums.set(name, (sums.get(name) ?? 0n) + by);
}
