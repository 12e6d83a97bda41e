import type { CounterChange } from './facts.ts';

/** These families are summed over their last labels: items do not keep the code of a retried failure, nor exact durations. */
const FOLDED: Readonly<Record<string, number>> = { withdrawal_failures: 1, durations: 2 };
const WITHOUT_FACTS = new Set(['duration_sums']);

/**
 * Compares counters with facts. Events are counted a little later than they happen. So read first which events were counted,
 * then the counters, then the facts: each counter lies between the sum of the facts counted before and the sum of all facts.
 */
export class Counters {
  readonly #totals = new Map<string, bigint>();
  readonly #least = new Map<string, bigint>();
  readonly #most = new Map<string, bigint>();

  /** @param name the sort key of the counter */
  add(name: string, total: bigint): void {
    const series = JSON.parse(name) as string[];
    const [family = ''] = series;
    if (!WITHOUT_FACTS.has(family)) increase(this.#totals, series.slice(0, FOLDED[family] ?? series.length), total);
  }

  /** @param isCounted all of its events were counted before the counters were read */
  addChange({ series, by }: CounterChange, isCounted: boolean): void {
    increase(this.#most, series, by);
    if (isCounted) increase(this.#least, series, by);
  }

  /** Pairs of a counter's name and a message. */
  get differences(): [name: string, message: string][] {
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
