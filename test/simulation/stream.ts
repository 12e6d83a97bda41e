import type { DynamoDBRecord, SQSBatchResponse } from 'aws-lambda';
import type { Gate } from './gate.ts';
import type { FunctionOf, Lambda } from './lambda.ts';
import type { Schedule } from './schedule.ts';

type Item = Record<string, unknown>;
type Put = { readonly TableName: string; readonly Item?: Item };
type Written = Put & { readonly TransactItems?: readonly { readonly Put?: Put }[] };

/** The most records of one invocation. */
const MOST_RECORDS = 10;
const POLL_MS = 100;

/** The stream of the events table and its consumer: new items in order, repeated after a failure, or skipped. */
export class EventStream {
  readonly #table: string;
  readonly #gate: Gate;
  readonly #schedule: Schedule;
  readonly #lambda: Lambda;
  #relay: FunctionOf | undefined;
  #records: DynamoDBRecord[] = [];
  #written = 0;
  #isRelaying = false;

  constructor(table: string, { gate, schedule, lambda }: { gate: Gate; schedule: Schedule; lambda: Lambda }) {
    this.#table = table;
    this.#gate = gate;
    this.#schedule = schedule;
    this.#lambda = lambda;
  }

  readBy(relay: FunctionOf): void {
    this.#relay = relay;
  }

  /** Its table is replaced by an older copy, which has a new stream. */
  clear(): void {
    this.#records = [];
  }

  /** @param input of a write, after its effect */
  follow(input: unknown): void {
    const { TransactItems, ...single } = input as Written;
    for (const { Put } of TransactItems ?? [{ Put: single }]) {
      if (Put?.TableName !== this.#table || !Put.Item || this.#gate.strikes('gap')) continue;
      this.#written += 1;
      const SequenceNumber = String(this.#written).padStart(12, '0');
      this.#records.push({ eventName: 'INSERT', dynamodb: { NewImage: Put.Item, SequenceNumber } } as DynamoDBRecord);
    }
    this.#relayNext();
  }

  #relayNext(): void {
    const relay = this.#relay;
    if (this.#isRelaying || !relay || this.#records.length === 0) return;
    this.#isRelaying = true;
    this.#schedule.after(POLL_MS, () => {
      const Records = this.#records.splice(0, this.#gate.chance.between(1, MOST_RECORDS));
      void this.#lambda.invoke(relay, { Records }).then((ended) => {
        this.#isRelaying = false;
        const failed = ended.kind !== 'returned' || (ended.value as SQSBatchResponse).batchItemFailures.length > 0;
        if (failed && this.#gate.chance.isTrue(0.8)) this.#records.unshift(...Records); // else left to the sweeper
        if (this.#gate.strikes('replay')) this.#records.unshift(...Records);
        this.#relayNext();
      });
    });
  }
}
