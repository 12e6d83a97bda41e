import { createHash } from 'node:crypto';
import type { TransactionStatus } from '../../lib/transactions/transaction.ts';
import { Draws, lastNotAbove, Shuffled, Weighted } from './draws.ts';

export type Plan = {
  readonly rows: number;
  readonly seed: number;
  readonly merchants: number;
  /** The first day, `yyyy-mm-dd` in UTC. */
  readonly from: string;
  readonly days: number;
};

/** A row of a marketplace's export. */
export type Sale = {
  readonly id: string;
  readonly merchantId: string;
  readonly amountCents: number;
  readonly feeCents: number;
  readonly status: TransactionStatus;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly paidAt: string;
};

/** `priceCents` is the typical amount of its sales. */
type Merchant = { readonly id: string; readonly priceCents: number };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PERCENT_FAILED = 12;
const PERCENT_REFUNDED = 8;
/** 2.9 %, rounded half up, as card schemes charge; promotions are free. */
const FEE_PER_MILLE = 29;
const ONE_FREE_IN = 25;
const ONE_LARGE_IN = 500;
const LARGE = 40;

/** The weight of each hour of a day: most sales are between noon and ten. */
const HOURS = new Weighted([6, 4, 3, 2, 2, 3, 6, 10, 14, 17, 20, 23, 27, 26, 24, 23, 24, 27, 31, 34, 33, 27, 18, 11]);

/**
 * Sales in the order of time, each made from the plan and its number. The first and the last sale of every day are in its
 * first and its last millisecond, and paid, so a settlement that loses an end of its range has other sums.
 */
export class Sales {
  readonly #plan: Plan;
  readonly #firstMs: number;
  /** Differs between plans: different sales need different ids. */
  readonly #idPrefix: string;
  readonly #idDigits: number;
  /** The number of the first sale of each day, and at the end the number of sales. */
  readonly #dayStarts: readonly number[];
  readonly #shares: Weighted;
  readonly #merchants: readonly Merchant[];

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#firstMs = Date.parse(`${plan.from}T00:00:00Z`);
    const { rows, seed, merchants, from, days } = plan;
    const hash = createHash('sha256').update(JSON.stringify([rows, seed, merchants, from, days]));
    this.#idPrefix = `t${hash.digest('hex').slice(0, 8)}-`;
    this.#idDigits = String(rows).length;
    this.#dayStarts = dayStarts(plan);
    // Few large merchants and many small ones, in random order.
    this.#shares = new Weighted(Array.from({ length: merchants }, (_, rank) => Math.ceil(1_000_000 / (rank + 3))));
    const numbers = new Shuffled(merchants, seed);
    this.#merchants = Array.from({ length: merchants }, (_, rank) => merchant(seed, numbers.at(rank)));
  }

  at(number: number): Sale {
    const draws = new Draws(this.#plan.seed, number);
    const { paidMs, isEnd } = this.#when(number, draws.share());
    const rank = this.#shares.at(draws.below(this.#shares.total));
    const { id: merchantId, priceCents } = this.#merchants[rank] as Merchant;
    const amountCents = drawAmount(priceCents, draws);
    const feeCents = draws.oneIn(ONE_FREE_IN) ? 0 : Math.floor((amountCents * FEE_PER_MILLE + 500) / 1_000);
    const status = isEnd ? 'PAID' : drawStatus(draws);
    const id = this.#idPrefix + String(number + 1).padStart(this.#idDigits, '0');
    return { id, merchantId, amountCents, feeCents, status, paidAt: new Date(paidMs).toISOString() };
  }

  /** Each sale of a day has an equal piece of it, and a random moment in its piece: so sales are in the order of time. */
  #when(number: number, share: number): { paidMs: number; isEnd: boolean } {
    const day = lastNotAbove(this.#dayStarts, number);
    const [first, end] = [this.#dayStarts[day] as number, this.#dayStarts[day + 1] as number];
    const midnight = this.#firstMs + day * DAY_MS;
    if (number === end - 1) return { paidMs: midnight + DAY_MS - 1, isEnd: true };
    if (number === first) return { paidMs: midnight, isEnd: true };
    const point = ((number - first + share) / (end - first)) * HOURS.total;
    const hour = HOURS.at(point);
    const [from, to] = [HOURS.starts[hour] as number, HOURS.starts[hour + 1] as number];
    return { paidMs: midnight + Math.floor((hour + (point - from) / (to - from)) * HOUR_MS), isEnd: false };
  }
}

/** Days have different weights, weekends more. The last day always has a sale. */
function dayStarts({ rows, seed, from, days }: Plan): number[] {
  const weights = Array.from({ length: days }, (_, day) => {
    const weekday = new Date(Date.parse(`${from}T00:00:00Z`) + day * DAY_MS).getUTCDay();
    return (80 + new Draws(seed, -1 - day).below(41)) * (weekday === 0 || weekday === 6 ? 13 : 10);
  });
  const { starts, total } = new Weighted(weights);
  return starts.map((start) => Math.floor((start * rows) / total));
}

function merchant(seed: number, number: number): Merchant {
  const share = new Draws(~seed, number).share();
  return { id: `m-${String(number + 1).padStart(4, '0')}`, priceCents: 6_00 + Math.floor(share * share * 150_00) };
}

/** Around the merchant's price, mostly below it; a few are much larger. */
function drawAmount(priceCents: number, draws: Draws): number {
  const share = draws.share();
  const usual = Math.floor((priceCents * (2 + 30 * share * share * share)) / 10);
  return draws.oneIn(ONE_LARGE_IN) ? usual * LARGE : usual;
}

function drawStatus(draws: Draws): TransactionStatus {
  const percent = draws.below(100);
  if (percent < PERCENT_FAILED) return 'FAILED';
  return percent < PERCENT_FAILED + PERCENT_REFUNDED ? 'REFUNDED' : 'PAID';
}
