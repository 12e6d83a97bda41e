import { setTimeout } from 'node:timers/promises';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { BatchStatus, Client } from '../client.ts';

const LOOK_EVERY_MS = 100;
const LINE_EVERY_MS = 2_000;

export const shareDone = ({ counts, total_count: total }: BatchStatus) => (counts.completed + counts.failed) / total;

/** Shows how far batches are, as bars on a terminal and as a line now and then elsewhere. */
class Display {
  readonly #bars: MultiBar | undefined;
  readonly #byId = new Map<string, SingleBar>();
  /** For a Ctrl-C while bars are shown. */
  readonly #giveBackCursor = () => this.#bars?.stop();
  #lastLine = 0;

  constructor() {
    if (!process.stdout.isTTY) return;
    const format = '   {id} [{bar}] {percentage}%  {paid} paid, {failed} failed, {left} to go';
    this.#bars = new MultiBar({ format, hideCursor: true, barsize: 30 }, Presets.shades_grey);
    process.once('exit', this.#giveBackCursor);
  }

  show(batches: readonly BatchStatus[]): void {
    for (const { batch_id: id, total_count: total, counts } of batches) {
      const settled = counts.completed + counts.failed;
      const facts = { id: id.padEnd(14), paid: counts.completed, failed: counts.failed, left: total - settled };
      const bar = this.#byId.get(id) ?? this.#bars?.create(total, 0, facts);
      if (bar) this.#byId.set(id, bar);
      bar?.update(settled, facts);
    }
    if (!this.#bars && Date.now() - this.#lastLine >= LINE_EVERY_MS) this.#line(batches);
  }

  end(batches: readonly BatchStatus[]): void {
    if (this.#bars) {
      this.show(batches);
      this.#giveBackCursor();
      process.off('exit', this.#giveBackCursor);
    } else {
      this.#line(batches);
    }
  }

  #line(batches: readonly BatchStatus[]): void {
    this.#lastLine = Date.now();
    const parts = batches.map((batch) => `${batch.batch_id} ${Math.floor(shareDone(batch) * 100)} %`);
    console.log(`   ${parts.join('   ')}`);
  }
}

/**
 * Watches batches until `until` holds, checking at every read that the counts of each sum to its total.
 * @throws Error if they do not, or if it takes longer than `patienceMs`
 */
export async function watch(
  client: Client,
  ids: readonly string[],
  until: (batches: readonly BatchStatus[]) => boolean,
  patienceMs = 120_000,
): Promise<readonly BatchStatus[]> {
  const display = new Display();
  for (const deadline = Date.now() + patienceMs; ; await setTimeout(LOOK_EVERY_MS)) {
    const batches = await Promise.all(ids.map((id) => client.batch(id)));
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
      throw new Error(`After ${patienceMs / 1_000} s it is still not there: ${JSON.stringify(batches)}`);
    }
    display.show(batches);
  }
}
