import { AppError, invariant } from '../kernel/errors.ts';
import type { Ledger } from './ports.ts';
import type { Line, Wallet } from './wallet.ts';

/**
 * An entry gets its time before it is written, by the clock of its machine. So the times of a statement are not quite in
 * order: those of any two entries that are out of order differ by less than this.
 */
export const TIME_DISORDER_MS = 60_000;

type Lines = Pick<Ledger, 'line' | 'between'>;

/** Lines of one read. */
const CHUNK = 200;
/** The most lines of one range: about 40 MB. */
const MOST_LINES = 100_000;

/** The time in the form of entries, shifted. */
const shifted = (at: string, ms: number) => new Date(Date.parse(at) + ms).toISOString();

/**
 * Lines of a statement without a gap, in their order, which grow at both ends. The statement ends with the last entry of
 * the wallet as it was read.
 */
export class LineRange {
  readonly #from: Lines;
  readonly #wallet: Wallet;
  #before: number;
  #last: number;
  lines: readonly Line[] = [];

  private constructor(from: Lines, wallet: Wallet, place: number) {
    this.#from = from;
    this.#wallet = wallet;
    this.#before = place;
    this.#last = place;
  }

  /** An empty range at a time: the line before it is not later, and the line after it is. It costs log2 reads of a line. */
  static async at(from: Lines, wallet: Wallet, at: string): Promise<LineRange> {
    let [low, high] = [0, wallet.seq];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const line = await from.line(wallet.userId, middle);
      invariant(line, `the statement of ${wallet.userId} has no gap at ${middle}`);
      if (line.entry.at <= at) low = middle;
      else high = middle - 1;
    }
    return new LineRange(from, wallet, low);
  }

  get isAtStart(): boolean {
    return this.#before === 0;
  }

  get isAtEnd(): boolean {
    return this.#last === this.#wallet.seq;
  }

  /** The number before the first line. */
  get before(): number {
    return this.#before;
  }

  async growBack(): Promise<void> {
    const first = Math.max(1, this.#before - CHUNK + 1);
    this.lines = [...(await this.#read(first, this.#before)), ...this.lines];
    this.#before = first - 1;
  }

  async growForward(): Promise<void> {
    const last = Math.min(this.#wallet.seq, this.#last + CHUNK);
    this.lines = [...this.lines, ...(await this.#read(this.#last + 1, last))];
    this.#last = last;
  }

  /**
   * Reads until every line outside the range is on the side of the time that its place shows, or until it is enough.
   * @param isEnough of the lines that are read
   */
  async cover(at: string, isEnough: (lines: readonly Line[]) => boolean = () => false): Promise<void> {
    const [earliest, latest] = [shifted(at, -TIME_DISORDER_MS), shifted(at, TIME_DISORDER_MS)];
    const isBackDone = () => this.isAtStart || (this.lines[0]?.entry.at ?? latest) < earliest;
    const isForwardDone = () => this.isAtEnd || (this.lines.at(-1)?.entry.at ?? earliest) > latest;
    while (!isEnough(this.lines) && !(isBackDone() && isForwardDone())) {
      if (!isBackDone()) await this.growBack();
      if (!isForwardDone()) await this.growForward();
    }
  }

  async #read(first: number, last: number): Promise<Line[]> {
    if (this.lines.length > MOST_LINES) {
      const reason = `needs more than ${MOST_LINES} entries to be read: list the transactions instead`;
      throw new AppError('VALIDATION_ERROR', { details: [{ path: 'as_of', reason }] });
    }
    return first > last ? [] : this.#from.between(this.#wallet.userId, first, last);
  }
}
