import type { Call, EndpointClient, Outcome } from '../../lib/webhooks/call.ts';
import type { Gate } from './gate.ts';
import { type Invocation, invocation } from './lambda.ts';
import type { Schedule } from './schedule.ts';
import { Signal } from './signal.ts';

/** The longest that the client of endpoints waits for an answer. */
export const CALL_MS = 15_000;
const HOUR_MS = 3_600_000;
const CLOSED = 'the connection was closed before a complete answer';

/** What a receiver does with a call: what it answers, whether it keeps the event, and how long that takes. */
type Reaction = {
  readonly outcome: Omit<Outcome, 'durationMs'>;
  readonly accepts?: boolean;
  readonly takesMs?: number;
};
const status = (code: number): Reaction => ({ outcome: { status: code, error: `the answer has the status ${code}` } });
const SUCCESS: Reaction = { outcome: { status: 204 }, accepts: true };

/** The ways in which receivers fail. */
const HABITS = {
  refuses: () => status(400),
  breaks: () => ({ outcome: { ...status(500).outcome, answer: 'x'.repeat(400) } }),
  'is gone': () => status(410),
  redirects: () => status(302),
  'asks for time': ({ chance }: Gate) => ({
    outcome: { ...status(429).outcome, retryAfterMs: chance.oneOf([2_000, 90_000, 3 * HOUR_MS, 60 * HOUR_MS]) },
  }),
  'is silent': () => ({ outcome: { error: 'no answer within 15 s' }, takesMs: CALL_MS }),
  'accepts in silence': () => ({ outcome: { error: 'no answer within 15 s' }, accepts: true, takesMs: CALL_MS }),
  closes: () => ({ outcome: { error: CLOSED } }),
  'accepts and closes': () => ({ outcome: { error: CLOSED }, accepts: true }),
  'is slow': ({ chance }: Gate) => ({ ...SUCCESS, takesMs: chance.between(1_000, CALL_MS - 100) }),
} satisfies Record<string, (gate: Gate) => Reaction>;
export type Habit = keyof typeof HABITS;
export const ALL_HABITS = Object.keys(HABITS) as Habit[];

/** A server of the outside. */
export class Receiver {
  /** What it does at times. */
  habits: readonly Habit[] = [];
  /** How often. */
  rate = 0;
  /** Nothing listens until then; epoch milliseconds. */
  downUntil = 0;
  /** URLs that it no longer serves: they answer 410. */
  readonly gone = new Set<string>();
  /** Each call that is sent to it. */
  readonly calls = new Signal();

  react(gate: Gate, url: string, now: number): Reaction | undefined {
    if (now < this.downUntil) return undefined;
    if (this.gone.has(url)) return HABITS['is gone']();
    if (this.habits.length === 0 || !gate.chance.isTrue(this.rate)) return SUCCESS;
    return HABITS[gate.chance.oneOf(this.habits)](gate);
  }
}

/** One call of the client of endpoints. */
export type Post = {
  readonly call: Call;
  /** The `webhook-id`. */
  readonly id: string;
  readonly at: number;
  readonly caller: Invocation | undefined;
  /** Until it has ended for its caller. */
  outcome?: Outcome;
  isAccepted: boolean;
  /** Its attempt is in the record. */
  isRecorded: boolean;
};

/** The servers behind the URLs of endpoints, and all calls to them. */
export class Receivers {
  readonly posts: Post[] = [];
  readonly #byHost = new Map<string, Receiver>();
  readonly #schedule: Schedule;
  readonly #gate: Gate;
  readonly #note: (line: string) => void;
  #listen: { begins: (post: Post) => void; ends: (post: Post) => void } = { begins: () => {}, ends: () => {} };

  constructor(schedule: Schedule, gate: Gate, { note }: { note: (line: string) => void }) {
    this.#schedule = schedule;
    this.#gate = gate;
    this.#note = note;
  }

  of(host: string): Receiver {
    const known = this.#byHost.get(host) ?? new Receiver();
    this.#byHost.set(host, known);
    return known;
  }

  /** Called in the context of the process that calls. */
  watch(listen: { begins: (post: Post) => void; ends: (post: Post) => void }): void {
    this.#listen = listen;
  }

  client(): EndpointClient {
    return { post: (call) => this.#post(call), close: async () => {} };
  }

  #post(call: Call): Promise<Outcome> {
    const caller = invocation();
    const id = `${call.headers['webhook-id']}`;
    const post: Post = { call, id, at: this.#schedule.now, caller, isAccepted: false, isRecorded: false };
    this.posts.push(post);
    this.#listen.begins(post);
    const fate = this.#gate.fate();
    const receiver = this.of(new URL(call.url).hostname);
    receiver.calls.happens();
    const arrivesAfter = this.#gate.chance.between(1, 40);
    return new Promise((resolve) => {
      if (fate === 'dies before') return this.#gate.die(fate, `the webhook ${id}`);
      this.#schedule.after(arrivesAfter, () => {
        const reaction = receiver.react(this.#gate, call.url, this.#schedule.now);
        const {
          outcome,
          accepts = false,
          takesMs = 5,
        } = reaction ?? { outcome: { error: 'the connection was refused' } };
        post.isAccepted = accepts;
        this.#note(`webhook ${id} to ${call.url}: ${outcome.status ?? outcome.error}`);
        if (fate === 'dies after') return this.#gate.die(fate, `the webhook ${id}`);
        this.#schedule.after(Math.max(1, takesMs - arrivesAfter), () => {
          if (caller?.isDead) return;
          post.outcome = { durationMs: this.#schedule.now - post.at, ...outcome };
          this.#listen.ends(post);
          resolve(post.outcome);
        });
      });
    });
  }
}
