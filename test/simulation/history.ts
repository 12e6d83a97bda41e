/** The events of a seed, line by line, and its findings: what must never happen. */
export class History {
  readonly lines: string[] = [];
  /** Called with each finding at once, except with those in {@link dryRun}. */
  onFinding: (finding: string) => void = () => {};
  #findings: string[] = [];
  #isDryRun = false;
  readonly #now: () => number;
  readonly #who: () => string;

  constructor(now: () => number, who: () => string) {
    this.#now = now;
    this.#who = who;
  }

  readonly note = (line: string): void => {
    this.lines.push(`${this.#now()} ${this.#who()} ${line}`);
  };

  readonly find = (finding: string): void => {
    this.note(`FINDING ${finding}`);
    this.#findings.push(finding);
    if (!this.#isDryRun) this.onFinding(finding);
  };

  get findings(): readonly string[] {
    return this.#findings;
  }

  /** @returns what `judge` finds, without keeping it */
  async dryRun(judge: () => Promise<void>): Promise<readonly string[]> {
    const [findings, lines] = [this.#findings, this.lines.length];
    this.#findings = [];
    this.#isDryRun = true;
    try {
      await judge();
      return this.#findings;
    } finally {
      this.#isDryRun = false;
      this.#findings = findings;
      this.lines.length = lines;
    }
  }
}
