/**
 * Sums per merchant and day as the scripts calculate them. They share no code with lib/settlement, so that neither repeats a
 * fault of the other.
 */
export type Sums = { gross: bigint; fee: bigint; count: number };
export type Group = { readonly day: string; readonly merchantId: string } & Readonly<Sums>;

/** Sums of paid transactions by `<day> <merchant>`. */
export class Groups {
  readonly #groups = new Map<string, Sums>();

  /** @param day `yyyy-mm-dd` */
  add(day: string, merchantId: string, gross: bigint, fee: bigint, count = 1): void {
    const key = `${day} ${merchantId}`;
    const sums = this.#groups.get(key);
    if (sums) {
      sums.gross += gross;
      sums.fee += fee;
      sums.count += count;
    } else {
      this.#groups.set(key, { gross, fee, count });
    }
  }

  get size(): number {
    return this.#groups.size;
  }

  of(day: string, merchantId: string): Sums | undefined {
    return this.#groups.get(`${day} ${merchantId}`);
  }

  /** By day, then by merchant. */
  *[Symbol.iterator](): Generator<Group> {
    for (const key of [...this.#groups.keys()].sort()) {
      const [day = '', merchantId = ''] = key.split(' ');
      yield { day, merchantId, ...(this.#groups.get(key) as Sums) };
    }
  }

  get total(): Sums {
    const total = { gross: 0n, fee: 0n, count: 0 };
    for (const { gross, fee, count } of this.#groups.values()) {
      total.gross += gross;
      total.fee += fee;
      total.count += count;
    }
    return total;
  }
}

/** One sentence for each merchant's day that differs, in order. */
export function differencesBetween(expected: Groups, found: Groups): string[] {
  const missingOrOther = [...expected].flatMap(({ day, merchantId, ...sums }) => {
    const other = found.of(day, merchantId);
    if (other && formatSums(other) === formatSums(sums)) return [];
    return [`${merchantId} on ${day}: expected ${formatSums(sums)}, found ${other ? formatSums(other) : 'nothing'}`];
  });
  const extra = [...found].flatMap(({ day, merchantId, ...sums }) =>
    expected.of(day, merchantId) ? [] : [`${merchantId} on ${day}: expected nothing, found ${formatSums(sums)}`],
  );
  return [...missingOrOther, ...extra];
}

export function formatSums({ gross, fee, count }: Sums): string {
  return `gross ${gross}, fee ${fee}, net ${gross - fee}, txn_count ${count}`;
}
