/**
 * Random numbers that depend only on a seed and the number of a row, so rows can be made in any order without memory.
 * Seeding Faker for every row takes 25 s for a million rows. All operations are exact in every engine: the same seed gives
 * the same bytes everywhere.
 */

/** Maps 32 bits to 32 bits, one to one (the finalizer of MurmurHash3). */
function scatter(bits: number): number {
  let x = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The random numbers of one row in sequence (mulberry32). */
export class Draws {
  #state: number;

  constructor(seed: number, number: number) {
    this.#state = scatter(scatter(seed) ^ number);
  }

  /** At least 0, less than 1. */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, less than `limit`. */
  below(limit: number): number {
    return Math.floor(this.share() * limit);
  }

  /** True for one in `many`. */
  oneIn(many: number): boolean {
    return this.below(many) === 0;
  }
}

/** A random order of the numbers below `size`, without storing them: a Feistel network of four rounds. */
export class Shuffled {
  readonly #size: number;
  readonly #seed: number;
  readonly #halfBits: number;

  constructor(size: number, seed: number) {
    this.#size = size;
    this.#seed = seed;
    this.#halfBits = Math.max(1, Math.ceil(Math.log2(size) / 2));
  }

  /** The network permutes a power of four. Repeating it until the number is below `size` keeps it one to one. */
  at(position: number): number {
    let number = position;
    do number = this.#permute(number);
    while (number >= this.#size);
    return number;
  }

  #permute(number: number): number {
    const half = 2 ** this.#halfBits;
    let [left, right] = [Math.floor(number / half), number % half];
    for (let round = 1; round <= 4; round += 1) {
      const mixed = scatter(scatter(this.#seed * 4 + round) ^ right) % half;
      [left, right] = [right, (left ^ mixed) >>> 0];
    }
    return left * half + right;
  }
}

/** Chooses an index with a chance in proportion to its weight. Weights are whole numbers. */
export class Weighted {
  /** The start of each index's share, and at the end the total. */
  readonly starts: readonly number[];

  constructor(weights: readonly number[]) {
    const starts = [0];
    for (const weight of weights) starts.push((starts.at(-1) ?? 0) + weight);
    this.starts = starts;
  }

  get total(): number {
    return this.starts.at(-1) ?? 0;
  }

  /** The index whose share contains the point. @param point at least 0, less than the total */
  at(point: number): number {
    return lastNotAbove(this.starts, point);
  }
}

/** The index of the last of ascending numbers that is not above `point`. */
export function lastNotAbove(ascending: readonly number[], point: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((ascending[middle] as number) <= point) low = middle;
    else high = middle - 1;
  }
  return low;
}
