import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a stage of a command is: on a terminal as a bar, elsewhere as a line for each stage. It leaves standard output alone. */
export class StageBar {
  readonly #bar = process.stderr.isTTY
    ? new SingleBar({ format: '{stage} [{bar}] {percentage} %', stopOnComplete: false }, Presets.legacy)
    : undefined;
  #shown: string | undefined;

  show(stage: string, percent = 0): void {
    if (this.#shown !== stage) {
      if (this.#shown) this.#bar?.stop();
      if (this.#bar) this.#bar.start(100, 0, { stage });
      else console.error(`${stage} ...`);
      this.#shown = stage;
    }
    this.#bar?.update(Math.floor(percent));
  }

  stop(): void {
    if (this.#shown) this.#bar?.stop();
  }
}
