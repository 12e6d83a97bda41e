import { isEqual } from 'es-toolkit';
import { sqsClient } from '../../lib/aws/clients.ts';

/** The deps of worlds need one. Nothing is sent with it: worlds have virtual queues. */
export const QUEUES = sqsClient(Date.now);

/** The settings of the real queue in resources/queues.cjs. */
const VISIBILITY_MS = 120_000;
const MAX_RECEIVES = 5;
const LONGEST_DELAY_S = 900;

type Stored<Message> = { readonly id: string; readonly message: Message; visibleAt: number; receives: number };

export type Delivery<Message> = {
  readonly id: string;
  readonly message: Message;
  readonly receives: number;
  delete(): void;
  /** Makes it visible at once. */
  release(): void;
};
export type DeadMessage<Message> = {
  readonly message: Message;
  readonly messageId: string;
  readonly receives: number;
};

/**
 * SQS on a virtual clock, with the features that the workers use: durable, delayed by whole seconds, at least once. A message
 * whose receiver does not delete it is visible again after the visibility timeout, and dead after five receives.
 * The contract suite of the port runs against this one and against the real adapter.
 */
export class VirtualQueue<Message extends object> {
  readonly dead: DeadMessage<Message>[] = [];
  sent = 0;
  readonly #now: () => number;
  #messages: Stored<Message>[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  async send(messages: readonly Message[], delayMs = 0): Promise<void> {
    const delaySeconds = Math.min(LONGEST_DELAY_S, Math.ceil(Math.max(0, delayMs) / 1_000));
    for (const message of messages) {
      this.sent += 1;
      const visibleAt = this.#now() + delaySeconds * 1_000;
      this.#messages.push({ id: `message-${this.sent}`, message, visibleAt, receives: 0 });
    }
  }

  async isIdle(): Promise<boolean> {
    return this.counts().visible === 0;
  }

  depth = async () => this.counts();

  counts(): { visible: number; delayed: number; inFlight: number } {
    const count = (is: (stored: Stored<Message>) => boolean) => this.#messages.filter(is).length;
    const visible = count(({ visibleAt }) => visibleAt <= this.#now());
    const delayed = count(({ visibleAt, receives }) => visibleAt > this.#now() && receives === 0);
    return { visible, delayed, inFlight: this.#messages.length - visible - delayed };
  }

  /** The next visible message, or the next visible copy of one, hidden from others for the visibility timeout. */
  receive({ only }: { only?: Message | undefined } = {}): Delivery<Message> | undefined {
    return this.receiveUpTo(1, {
      pick: (all) => (only ? all.filter(({ message }) => isEqual(message, only)) : all),
    })[0];
  }

  /** @param pick chooses and orders the visible messages @param hiddenMs asked once for each message */
  receiveUpTo(
    limit: number,
    {
      pick = (all) => all,
      hiddenMs = () => VISIBILITY_MS,
    }: { pick?: (visible: Stored<Message>[]) => Stored<Message>[]; hiddenMs?: () => number } = {},
  ): Delivery<Message>[] {
    const taken: Stored<Message>[] = [];
    for (const stored of pick(this.#messages.filter(({ visibleAt }) => visibleAt <= this.#now()))) {
      if (taken.length === limit) break;
      if (stored.receives < MAX_RECEIVES) taken.push(stored);
      else {
        this.#remove(stored);
        this.dead.push({ message: stored.message, messageId: stored.id, receives: stored.receives });
      }
    }
    return taken.map((stored) => {
      stored.receives += 1;
      stored.visibleAt = this.#now() + hiddenMs();
      const { id, message, receives } = stored;
      const release = () => {
        stored.visibleAt = this.#now();
      };
      return { id, message, receives, delete: () => this.#remove(stored), release };
    });
  }

  /** Every message, also those that are delayed or received. */
  get messages(): readonly Message[] {
    return this.#messages.map(({ message }) => message);
  }

  /** Loses every message: recovery must send them again. */
  loseEverything(): void {
    this.#messages = [];
  }

  #remove(stored: Stored<Message>): void {
    this.#messages = this.#messages.filter((other) => other !== stored);
  }
}
