import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { Schedule } from './schedule.ts';

const MAX_RECEIVES = 5;
const PER_CALL = 10;

type Message = {
  readonly id: string;
  readonly body: string;
  readonly attributes: Record<string, { StringValue?: string; DataType?: string }>;
  visibleAt: number;
  receives: number;
};

export type Trigger = {
  /** Invokes the consumer with these messages; undefined if it died. */
  readonly invoke: (records: SQSRecord[]) => Promise<SQSBatchResponse | undefined>;
  readonly batchSize: number;
  readonly atOnce: number;
};

/** The faults of deliveries. */
export type Mishaps = {
  /** The messages become invisible, but reach no consumer. */
  readonly isLost: () => boolean;
  /** A processed message is delivered again. */
  readonly isDuplicated: () => boolean;
  /** Milliseconds until it is visible again, before its consumer has finished. */
  readonly lapsesAfter: () => number | undefined;
};

/**
 * SQS and Lambda's event source mapping: at least once, in any order, delays in whole seconds, a dead letter after five
 * receives.
 */
export class SimulatedQueue {
  readonly name: string;
  deadLetters: SimulatedQueue | undefined;
  readonly #schedule: Schedule;
  readonly #visibilityMs: number;
  readonly #pick: (messages: Message[]) => Message[];
  #messages: Message[] = [];
  #trigger: { readonly trigger: Trigger; readonly mishaps: Mishaps } | undefined;
  #underWay = 0;
  #sent = 0;

  /** @param pick orders the visible messages */
  constructor(name: string, schedule: Schedule, visibilityMs: number, pick: (messages: Message[]) => Message[]) {
    this.name = name;
    this.#schedule = schedule;
    this.#visibilityMs = visibilityMs;
    this.#pick = pick;
  }

  consume(trigger: Trigger, mishaps: Mishaps): void {
    this.#trigger = { trigger, mishaps };
  }

  send(body: string, delaySeconds = 0, attributes: Message['attributes'] = {}): void {
    this.#sent += 1;
    const visibleAt = this.#schedule.now + delaySeconds * 1_000;
    this.#messages.push({ id: `${this.name}-${this.#sent}`, body, attributes, visibleAt, receives: 0 });
    this.#schedule.after(delaySeconds * 1_000, () => this.#deliver());
  }

  get depth() {
    const now = this.#schedule.now;
    const visible = this.#messages.filter(({ visibleAt }) => visibleAt <= now).length;
    const delayed = this.#messages.filter(({ visibleAt, receives }) => visibleAt > now && receives === 0).length;
    return { visible, delayed, inFlight: this.#messages.length - visible - delayed };
  }

  #deliver(): void {
    if (!this.#trigger || this.#underWay >= this.#trigger.trigger.atOnce) return;
    const { trigger, mishaps } = this.#trigger;
    const taken: Message[] = [];
    const visible = this.#messages.filter(({ visibleAt }) => visibleAt <= this.#schedule.now);
    for (const message of this.#pick(visible)) {
      if (taken.length === Math.min(trigger.batchSize, PER_CALL)) break;
      if (message.receives >= MAX_RECEIVES) this.#bury(message);
      else taken.push(message);
    }
    if (taken.length === 0) return;
    for (const message of taken) {
      message.receives += 1;
      const lapse = mishaps.lapsesAfter() ?? this.#visibilityMs;
      message.visibleAt = this.#schedule.now + lapse;
      this.#schedule.after(lapse, () => this.#deliver());
    }
    if (mishaps.isLost()) return;
    this.#underWay += 1;
    void this.#hand(taken);
    this.#deliver();
  }

  async #hand(messages: readonly Message[]): Promise<void> {
    if (!this.#trigger) return;
    const { trigger, mishaps } = this.#trigger;
    const answer = await trigger.invoke(messages.map((message) => recordOf(message)));
    this.#underWay -= 1;
    const failed = new Set(answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = answer ? messages.filter(({ id }) => !failed.has(id)) : [];
    for (const message of done) {
      if (mishaps.isDuplicated()) message.visibleAt = this.#schedule.now;
      else this.#messages = this.#messages.filter((other) => other !== message);
    }
    this.#schedule.after(1, () => this.#deliver());
  }

  #bury(message: Message): void {
    this.#messages = this.#messages.filter((other) => other !== message);
    this.deadLetters?.send(message.body, 0, message.attributes);
  }
}

function recordOf({ id, body, attributes, receives }: Message): SQSRecord {
  const entries = Object.entries(attributes).map(([name, { StringValue, DataType }]) => [
    name,
    { stringValue: StringValue, dataType: DataType ?? 'String' },
  ]);
  return {
    messageId: id,
    receiptHandle: id,
    body,
    attributes: { ApproximateReceiveCount: String(receives) } as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(entries),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: 'us-east-1',
  };
}
