/** What has happened, line by line, and what of it must never be. */
export class History {
  readonly lines: string[] = [];
  #findings: string[] = [];
  readonly #now: () => number;
  readonly #who: () => string;

  constructor(now: () => number, who: () => string) {
    this.#now = now;
    this.#who = who;
  }

  readonly note = (line: string): void => {
    this.lines.push(`${this.#now()} ${this.#who()} ${line}`);
  };

  readonly find = (what: string): void => {
    this.note(`FINDING ${what}`);
    this.#findings.push(what);
  };

  get findings(): readonly string[] {
    return this.#findings;
  }

  /** What a look finds, without holding it against anybody yet. */
  async looked(look: () => Promise<void>): Promise<readonly string[]> {
    const [findings, lines] = [this.#findings, this.lines.length];
    this.#findings = [];
    try {
      await look();
      return this.#findings;
    } finally {
      this.#findings = findings;
      this.lines.length = lines;
    }
  }
}
