import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { type Delivery, VirtualQueue } from '../support/queue.ts';
import { invocation } from './lambda.ts';
import { type Lineage, longestOf, NO_LINEAGE } from './recursion.ts';
import type { Schedule } from './schedule.ts';

const PER_CALL = 10;

type Message = {
  readonly body: string;
  readonly attributes: Record<string, { StringValue?: string; DataType?: string }>;
  readonly lineage: Lineage;
};
type Pick = <One>(visible: One[]) => One[];

export type Trigger = {
  /** Invokes the consumer with these messages; undefined if it died or was not invoked. */
  readonly invoke: (records: SQSRecord[], lineage: Lineage) => Promise<SQSBatchResponse | undefined>;
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

/** A queue whose messages Lambda's event source mapping hands to a consumer: at least once, in any order. */
export class SimulatedQueue {
  readonly name: string;
  deadLetters: SimulatedQueue | undefined;
  readonly #schedule: Schedule;
  readonly #visibilityMs: number;
  readonly #pick: Pick;
  readonly #messages: VirtualQueue<Message>;
  #trigger: { readonly trigger: Trigger; readonly mishaps: Mishaps } | undefined;
  #underWay = 0;

  /** @param pick orders the visible messages */
  constructor(name: string, schedule: Schedule, visibilityMs: number, pick: Pick) {
    this.name = name;
    this.#schedule = schedule;
    this.#visibilityMs = visibilityMs;
    this.#pick = pick;
    this.#messages = new VirtualQueue(() => schedule.now);
  }

  consume(trigger: Trigger, mishaps: Mishaps): void {
    this.#trigger = { trigger, mishaps };
  }

  get isConsumed(): boolean {
    return this.#trigger !== undefined;
  }

  send(body: string, delaySeconds = 0, attributes: Message['attributes'] = {}): void {
    this.#take({ body, attributes, lineage: invocation()?.lineage ?? NO_LINEAGE }, delaySeconds);
  }

  #take(message: Message, delaySeconds: number): void {
    void this.#messages.send([message], delaySeconds * 1_000);
    this.#schedule.after(delaySeconds * 1_000, () => this.#deliver());
  }

  /** @returns the messages that were in it */
  empty(): (readonly [string, Message['attributes']])[] {
    return this.#messages.receiveUpTo(Number.POSITIVE_INFINITY).map((delivery) => {
      delivery.delete();
      return [delivery.message.body, delivery.message.attributes];
    });
  }

  get counts() {
    return this.#messages.counts();
  }

  #deliver(): void {
    if (!this.#trigger || this.#underWay >= this.#trigger.trigger.atOnce) return;
    const { trigger, mishaps } = this.#trigger;
    const hiddenMs = () => {
      const lapse = mishaps.lapsesAfter() ?? this.#visibilityMs;
      this.#schedule.after(lapse, () => this.#deliver());
      return lapse;
    };
    const taken = this.#messages.receiveUpTo(Math.min(trigger.batchSize, PER_CALL), { pick: this.#pick, hiddenMs });
    for (const { message } of this.#messages.dead.splice(0)) {
      if (this.deadLetters) this.deadLetters.#take(message, 0);
    }
    if (taken.length === 0 || mishaps.isLost()) return;
    this.#underWay += 1;
    void this.#hand(taken);
    this.#deliver();
  }

  async #hand(deliveries: readonly Delivery<Message>[]): Promise<void> {
    if (!this.#trigger) return;
    const { trigger, mishaps } = this.#trigger;
    const answer = await trigger.invoke(
      deliveries.map((delivery) => recordOf(this.name, delivery)),
      longestOf(deliveries.map(({ message }) => message.lineage)),
    );
    this.#underWay -= 1;
    const failed = new Set(answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = answer ? deliveries.filter(({ id }) => !failed.has(id)) : [];
    for (const delivery of done) {
      if (mishaps.isDuplicated()) delivery.release();
      else delivery.delete();
    }
    this.#schedule.after(1, () => this.#deliver());
  }
}

function recordOf(queue: string, { id, message: { body, attributes }, receives }: Delivery<Message>): SQSRecord {
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
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    awsRegion: 'us-east-1',
  };
}
