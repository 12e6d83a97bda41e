import type { FaultName, Faults } from './faults.ts';
import { invocation } from './lambda.ts';
import type { Chance, Schedule } from './schedule.ts';

/** How long what is quick takes, at most. */
const QUICK_MS = 12;

/** Where a process dies: before what it asks for has its effect, after it but before the answer, or not at all. */
export type Fate = 'lives' | 'dies before' | 'dies after';

/**
 * What everything passes that has an effect outside of a process. Here it waits for its turn, and here it goes wrong.
 * Between two effects nothing can be seen from outside, so to die there is to die before the next one.
 */
export class Gate {
  /** How many passed. */
  effects = 0;
  /** Of a chance of its own, so that what a fault draws does not change what the clients do. */
  readonly chance: Chance;
  readonly seen = new Map<FaultName, number>();
  readonly #schedule: Schedule;
  readonly #note: (line: string) => void;
  #faults: Faults;
  /** Of what is slow. Beyond the length of a lease in some seeds. */
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

  /** Whether it goes wrong this time. */
  readonly strikes = (fault: FaultName): boolean => {
    const isStruck = this.chance.isTrue(this.#faults[fault]);
    if (!isStruck) return false;
    this.seen.set(fault, (this.seen.get(fault) ?? 0) + 1);
    invocation()?.faults.push(fault);
    return true;
  };

  /** What becomes of the process that asks for the next effect. */
  fate(): Fate {
    this.effects += 1;
    if (invocation() === undefined || !this.strikes('death')) return 'lives';
    return this.chance.isTrue(0.5) ? 'dies before' : 'dies after';
  }

  die(when: Fate, what: string): void {
    this.#note(`${when} ${what}`);
    invocation()?.die();
  }

  /** Of AWS: each request passes here, waits, goes wrong or has its effect, and is answered. */
  request<Answer>(what: string, run: () => Promise<Answer>, refuse?: () => Error | undefined): Promise<Answer> {
    const caller = invocation();
    const fate = this.fate();
    const isSlow = this.strikes('slow');
    const delay = () => this.chance.between(0, isSlow ? this.#slowestMs : QUICK_MS);
    return new Promise((resolve, reject) => {
      this.#schedule.after(delay(), async () => {
        // What a dead process had on the wire may still arrive.
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

  /** A timer of a process that may not live to see it. */
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
