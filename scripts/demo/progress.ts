import { setTimeout } from 'node:timers/promises';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Batch, Sluice } from '../../client/index.ts';

const POLL_MS = 100;
const LINE_EVERY_MS = 2_000;

const endedOf = ({ completed, failed, cancelled, returned }: Batch['counts']) =>
  completed + failed + cancelled + returned;
export const shareDone = ({ counts, total_count: total }: Batch) => endedOf(counts) / total;

/** Shows the progress of batches: bars on a terminal, elsewhere a line every two seconds. */
class Display {
  readonly #bars: MultiBar | undefined;
  readonly #byId = new Map<string, SingleBar>();
  /** Also after Ctrl-C. */
  readonly #restoreCursor = () => this.#bars?.stop();
  #lastLine = 0;

  constructor() {
    if (!process.stdout.isTTY) return;
    const format = '   {id} [{bar}] {percentage}%  {paid} paid, {failed} failed, {left} to go';
    this.#bars = new MultiBar({ format, hideCursor: true, barsize: 30 }, Presets.shades_grey);
    process.once('exit', this.#restoreCursor);
  }

  show(batches: readonly Batch[]): void {
    for (const { batch_id: id, total_count: total, counts } of batches) {
      const finished = endedOf(counts);
      const facts = { id: id.padEnd(14), paid: counts.completed, failed: counts.failed, left: total - finished };
      const bar = this.#byId.get(id) ?? this.#bars?.create(total, 0, facts);
      if (bar) this.#byId.set(id, bar);
      bar?.update(finished, facts);
    }
    if (!this.#bars && Date.now() - this.#lastLine >= LINE_EVERY_MS) this.#line(batches);
  }

  end(batches: readonly Batch[]): void {
    if (this.#bars) {
      this.show(batches);
      this.#restoreCursor();
      process.off('exit', this.#restoreCursor);
    } else {
      this.#line(batches);
    }
  }

  #line(batches: readonly Batch[]): void {
    this.#lastLine = Date.now();
    const parts = batches.map((batch) => `${batch.batch_id} ${Math.floor(shareDone(batch) * 100)} %`);
    console.log(`   ${parts.join('   ')}`);
  }
}

/**
 * Polls batches until `until` holds. Checks at every read that the counts of each batch sum to its total.
 * @throws Error if they do not, or after `deadlineMs`
 */
export async function watch(
  sluice: Sluice,
  ids: readonly string[],
  until: (batches: readonly Batch[]) => boolean,
  deadlineMs = 120_000,
): Promise<readonly Batch[]> {
  const display = new Display();
  for (const deadline = Date.now() + deadlineMs; ; await setTimeout(POLL_MS)) {
    const batches = await Promise.all(ids.map((id) => sluice.batches.get(id)));
    for (const { batch_id: id, counts, total_count: total } of batches) {
      const sum = Object.values(counts).reduce((a, b) => a + b, 0);
      if (sum !== total) throw new Error(`The counts of ${id} sum to ${sum}, not to ${total}.`);
    }
    if (until(batches)) {
      display.end(batches);
      return batches;
    }
    if (Date.now() > deadline) {
      display.end(batches);
      throw new Error(`The batches did not get there within ${deadlineMs / 1_000} s: ${JSON.stringify(batches)}`);
    }
    display.show(batches);
  }
}
