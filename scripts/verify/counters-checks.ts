import type { Series } from '../../lib/events/counts.ts';

/**
 * Compares counters with what they count. An event is counted when it is marked as published. So read the counters first and the
 * events later: each counter lies between the sum over events that were marked before and the sum over all that are marked.
 */
export class Counters {
  readonly #parts: Readonly<Record<string, number>>;
  readonly #totals = new Map<string, bigint>();
  readonly #least = new Map<string, bigint>();
  readonly #most = new Map<string, bigint>();

  /** @param parts families whose series are cut to so many parts and added up; 0: the family is left out */
  constructor(parts: Readonly<Record<string, number>> = {}) {
    this.#parts = parts;
  }

  add(series: Series, total: bigint): void {
    const cut = series.slice(0, this.#parts[series[0]] ?? series.length);
    if (cut.length > 0) increase(this.#totals, cut, total);
  }

  /** @param isCounted it was counted before the counters were read */
  expect(series: readonly string[], by: bigint, isCounted: boolean): void {
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
