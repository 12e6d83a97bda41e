import type { FaultName, Faults } from './faults.ts';
import { invocation } from './lambda.ts';
import type { Chance, Schedule } from './schedule.ts';

/** The longest that a request takes which is not slow, one way. */
const QUICK_MS = 12;

/** Where a process dies: before the effect of its request, or after it but before the answer. */
export type Fate = 'lives' | 'dies before' | 'dies after';

/**
 * Every effect outside of a process passes here: it waits for its time, and it may fail. A death between two effects equals a
 * death before the second one, because nothing in between is visible from outside.
 */
export class Gate {
  /** How many effects passed. */
  effects = 0;
  /** The chance of faults. It is separate from the actors' chance, so that a fault does not change what they do. */
  readonly chance: Chance;
  readonly seen = new Map<FaultName, number>();
  readonly #schedule: Schedule;
  readonly #note: (line: string) => void;
  #faults: Faults;
  /** The longest that a slow request takes. In some seeds it is longer than a lease. */
  readonly #slowestMs: number;

  constructor(schedule: Schedule, chance: Chance, faults: Faults, note: (line: string) => void) {
    this.#schedule = schedule;
    this.chance = chance;
    this.#faults = faults;
    this.#note = note;
    this.#slowestMs = chance.oneOf([500, 3_000, 12_000, 25_000]);
  }

  set faults(faults: Faults) {
    this.#faults = faults;
  }

  get faults(): Faults {
    return this.#faults;
  }

  /** Draws whether the fault strikes now. */
  readonly strikes = (fault: FaultName): boolean => {
    const isStruck = this.chance.isTrue(this.#faults[fault]);
    if (!isStruck) return false;
    this.seen.set(fault, (this.seen.get(fault) ?? 0) + 1);
    invocation()?.faults.push(fault);
    return true;
  };

  /** Draws whether the process that asks for the next effect dies. */
  fate(): Fate {
    this.effects += 1;
    if (invocation() === undefined || !this.strikes('death')) return 'lives';
    return this.chance.isTrue(0.5) ? 'dies before' : 'dies after';
  }

  die(when: Fate, what: string): void {
    this.#note(`${when} ${what}`);
    invocation()?.die();
  }

  /** A request to AWS: it waits, fails or has its effect, and is answered. */
  request<Answer>(what: string, run: () => Promise<Answer>, refuse?: () => Error | undefined): Promise<Answer> {
    const caller = invocation();
    const fate = this.fate();
    const isSlow = this.strikes('slow');
    const delay = () => this.chance.between(0, isSlow ? this.#slowestMs : QUICK_MS);
    return new Promise((resolve, reject) => {
      this.#schedule.after(delay(), async () => {
        // A request that a dead process has sent may still arrive.
        if (caller?.isDead && this.chance.isTrue(0.5)) return;
        if (fate === 'dies before') return this.die(fate, what);
        const refusal = refuse?.();
        const settle = refusal
          ? () => reject(refusal)
          : await run().then(
              (answer) => () => resolve(answer),
              (error: unknown) => () => reject(error),
            );
        this.#note(`${what}${refusal ? ` refused: ${refusal.name}` : ''}`);
        if (fate === 'dies after') return this.die(fate, what);
        const isLost = !refusal && this.strikes('answerLost');
        this.#schedule.after(delay(), () => {
          if (caller?.isDead) return;
          if (isLost) reject(lostAnswer());
          else settle();
        });
      });
    });
  }

  /** A timer of a process, which may die before it ends. */
  sleep(ms: number): Promise<void> {
    const fate = this.fate();
    return new Promise((wake) => {
      this.#schedule.after(ms, () => {
        if (fate === 'lives') wake();
        else this.die(fate, 'a sleep');
      });
    });
  }
}

function lostAnswer(): Error {
  return Object.assign(new Error('the connection broke'), { name: 'TimeoutError', $metadata: {} });
}
