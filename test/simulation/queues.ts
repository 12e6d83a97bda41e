import type { SQSBatchResponse } from 'aws-lambda';
import type { Gate } from './gate.ts';
import type { FunctionOf, Lambda } from './lambda.ts';
import { SimulatedQueue } from './queue.ts';
import { isStopped } from './recursion.ts';
import type { Schedule } from './schedule.ts';
import type { SimulatedWorld } from './world.ts';

const VISIBILITY_MS = 180_000;
const QUEUES = ['chunks', 'withdrawals', 'imports', 'deliveries', 'webhooks'];

type Consumer = {
  readonly batchSize?: number;
  readonly atOnce?: number;
  readonly timeoutMs?: number;
  /** Consumes the dead-letter queue. */
  readonly ofDead?: boolean;
};

/** The queues of the service, their dead-letter queues and consumers. */
export class Queues {
  readonly all = new Map<string, SimulatedQueue>();
  readonly #gate: Gate;
  readonly #schedule: Schedule;
  readonly #lambda: Lambda;
  readonly #find: (what: string) => void;

  constructor({ gate, schedule, lambda, find }: Pick<SimulatedWorld, 'gate' | 'schedule' | 'lambda' | 'find'>) {
    this.#gate = gate;
    this.#schedule = schedule;
    this.#lambda = lambda;
    this.#find = find;
    for (const name of QUEUES) {
      const [queue, dead] = [this.#newQueue(name), this.#newQueue(`${name}-dlq`)];
      queue.deadLetters = dead;
    }
  }

  /** The topic has one subscriber, in the seeds that have its consumer. */
  publish(message: string): void {
    if (this.all.get('webhooks')?.isConsumed) this.send('webhooks', message);
  }

  /** An operator moves what a queue has given up back into it. */
  redrive(name: string): void {
    for (const [body, attributes] of this.all.get(`${name}-dlq`)?.empty() ?? [])
      this.all.get(name)?.send(body, 0, attributes);
  }

  send(name: string, body: string): void {
    this.all.get(name)?.send(body);
  }

  consume(
    name: string,
    handler: FunctionOf['handler'],
    { batchSize = 10, atOnce = 3, timeoutMs = 30_000, ofDead = false }: Consumer = {},
  ): void {
    const full = ofDead ? `${name}-dlq` : name;
    this.all.get(full)?.consume(
      {
        batchSize,
        atOnce,
        invoke: async (Records, lineage) => {
          if (isStopped(full, lineage)) {
            this.#find(`Lambda has stopped the consumer of ${full}: it feeds its own queue`);
            return undefined;
          }
          const ended = await this.#lambda.invoke({ name: full, handler, timeoutMs }, { Records }, lineage);
          return ended.kind === 'returned' ? (ended.value as SQSBatchResponse) : undefined;
        },
      },
      {
        isLost: () => this.#gate.strikes('lostPoll'),
        isDuplicated: () => this.#gate.strikes('duplicate'),
        lapsesAfter: () => (this.#gate.strikes('lapse') ? this.#gate.chance.between(1_000, 40_000) : undefined),
      },
    );
  }

  #newQueue(name: string): SimulatedQueue {
    const { chance } = this.#gate;
    const pick = <Message>(messages: Message[]) =>
      chance.isTrue(0.5) ? messages : messages.toSorted(() => chance.next() - 0.5);
    const queue = new SimulatedQueue(name, this.#schedule, VISIBILITY_MS, pick);
    this.all.set(name, queue);
    return queue;
  }
}
