import { Presets, SingleBar } from 'cli-progress';

const LINE_EVERY_MS = 10_000;

/** Shows how far a stage of a command is: on a terminal as a bar, elsewhere as a line now and then. It leaves standard output alone. */
export class StageBar {
  readonly #bar = process.stderr.isTTY
    ? new SingleBar({ format: '{stage} [{bar}] {percentage} % {more}', stopOnComplete: false }, Presets.legacy)
    : undefined;
  #shown: string | undefined;
  #nextLine = 0;

  /** @param more such as the throughput */
  show(stage: string, percent: number, more = ''): void {
    if (this.#shown !== stage) {
      if (this.#shown) this.#bar?.stop();
      this.#bar?.start(100, 0, { stage, more });
      this.#shown = stage;
      this.#nextLine = 0;
    }
    this.#bar?.update(Math.floor(percent), { more });
    if (this.#bar || Date.now() < this.#nextLine) return;
    console.error(`${stage} ${Math.floor(percent)} % ${more}`.trimEnd());
    this.#nextLine = Date.now() + LINE_EVERY_MS;
  }

  stop(): void {
    if (this.#shown) this.#bar?.stop();
  }
}
