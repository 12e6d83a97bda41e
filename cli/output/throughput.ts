/** A mean of this time follows changes, and hides the pauses between chunks. */
const WINDOW_MS = 10_000;

type Sample = { readonly at: number; readonly done: number };

/** How fast work is done, and when it will end. */
export class Throughput {
  #samples: readonly Sample[] = [];

  /** @param at milliseconds */
  add(at: number, done: number): void {
    const recent = this.#samples.filter((sample) => at - sample.at <= WINDOW_MS);
    this.#samples = [...(recent.length > 0 ? recent : this.#samples.slice(-1)), { at, done }];
  }

  /** `123/s, 40 s left`; nothing as long as there is no progress. */
  text(left: number): string {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.done <= first.done) return '';
    const perSecond = ((last.done - first.done) * 1_000) / (last.at - first.at);
    return `${Number(perSecond.toPrecision(2))}/s, ${durationText(Math.ceil(left / perSecond))} left`;
  }
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.ceil(seconds / 3_600)} h`;
}
