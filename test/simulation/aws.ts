import { type AttributeValue, DynamoDBClient, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { isMatch } from 'es-toolkit/compat';
import { documentClient, s3Client, snsClient, sqsClient, statesClient } from '../../lib/aws/clients.ts';
import type { World } from '../../lib/container.ts';
import { between, cancelled } from '../support/faults.ts';
import { lean, unsigned, Wire } from '../support/wire.ts';
import type { SimulatedBucket } from './bucket.ts';
import type { Gate } from './gate.ts';
import type { SimulatedMachine } from './machine.ts';
import type { SimulatedQueue } from './queue.ts';

type Clients = Pick<World, 'dynamo' | 'queues' | 'topics' | 'objects' | 'machines'>;
type Attributes = Record<string, AttributeValue>;
type TransactItem = { readonly Put?: { readonly Item: Attributes }; readonly Update?: { readonly Key: Attributes } };
type Message = {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: never;
};

/** The simulated services; the database is the real emulator. */
export type Services = {
  readonly queues: ReadonlyMap<string, SimulatedQueue>;
  readonly bucket: SimulatedBucket;
  readonly machine: SimulatedMachine;
  /** Takes a message of the topic. */
  readonly publish: (message: string) => void;
};

/**
 * The SDK clients that the service uses, with their retries. Each attempt of a request passes the gate. DynamoDB is the real
 * emulator; the other services answer from memory.
 */
export class SimulatedAws {
  readonly #gate: Gate;
  readonly #services: Services;
  /** Whether an item is so new that an index may not have it yet. */
  readonly #isNew: (pk: string, sk: string) => boolean;
  /** Called with each write after its effect. */
  readonly #onWrite: (input: object) => void;
  /** Does not pass the gate. */
  readonly database: DynamoDBDocumentClient = lean(unsigned(documentClient(() => Date.now())));
  readonly #raw = lean(unsigned(new DynamoDBClient()));
  readonly #wire = new Wire(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '');
  /** Keys that transactions have written. Only a write to one of these can conflict with a transaction. */
  readonly #inTransactions = new Set<string>();
  readonly #clients: { destroy(): void }[] = [this.database, this.#raw];

  constructor(
    gate: Gate,
    services: Services,
    { onWrite, isNew }: { onWrite: (input: object) => void; isNew: (pk: string, sk: string) => boolean },
  ) {
    this.#gate = gate;
    this.#isNew = isNew;
    this.#services = services;
    this.#onWrite = onWrite;
    for (const client of [this.database, this.#raw]) client.config.requestHandler = this.#wire;
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
    this.#wire.destroy();
  }

  /** The clients of one container. */
  clients(): Clients {
    const { machine, bucket } = this.#services;
    return {
      dynamo: () => this.#dynamo(),
      queues: () =>
        this.#answering(
          sqsClient(() => Date.now()),
          (command, input) => this.#answerSqs(command, input),
        ),
      topics: () => this.#sns(),
      objects: () =>
        this.#answering(
          s3Client(() => Date.now()),
          (command, input) => bucket.answer(command, input),
        ),
      machines: () =>
        this.#answering(
          statesClient(() => Date.now()),
          (command, input) => machine.answer(command, input),
        ),
    };
  }

  #answering<Client extends { readonly config: object; destroy(): void }>(
    client: Client,
    answer: (command: string, input: Record<string, unknown>) => object,
    refuse = () => (this.#gate.strikes('throttled') ? throttled() : undefined),
  ): Client {
    this.#clients.push(client);
    return between(unsigned(client), (command, _, input) =>
      this.#gate.request(
        command,
        async () => {
          const output = answer(command, input as Record<string, unknown>);
          return { output: { ...output, $metadata: {} }, response: {} };
        },
        refuse,
      ),
    );
  }

  #dynamo(): DynamoDBDocumentClient {
    const client = lean(unsigned(documentClient(() => Date.now())));
    client.config.requestHandler = this.#wire;
    return between(client, (command, pass, input) =>
      this.#gate.request(
        command,
        async () => {
          const answer = await this.#pass(command, pass, input);
          if (WRITES.has(command)) this.#onWrite(input as object);
          return answer;
        },
        () => this.#refusal(command, input),
      ),
    );
  }

  #refusal(command: string, input: unknown): Error | undefined {
    if (this.#gate.strikes('throttled')) return throttled();
    if (command === 'TransactWriteItemsCommand') {
      const { TransactItems } = input as { TransactItems: TransactItem[] };
      for (const { Put, Update } of TransactItems) this.#inTransactions.add(keyIn(Put?.Item ?? Update?.Key));
      if (!this.#gate.strikes('conflict')) return undefined;
      const met = this.#gate.chance.between(0, TransactItems.length - 1);
      return cancelled(...TransactItems.map((_, index) => (index === met ? 'TransactionConflict' : 'None')));
    }
    const { Item, Key } = input as { Item?: Attributes; Key?: Attributes };
    const mayMeet = SINGLE_WRITES.has(command) && this.#inTransactions.has(keyIn(Item ?? Key));
    if (!mayMeet || !this.#gate.strikes('conflict')) return undefined;
    return new TransactionConflictException({ message: 'in the way', $metadata: {} });
  }

  /** DynamoDB may process a part of a batch and return the rest. */
  async #pass(command: string, pass: () => Promise<unknown>, input: unknown): Promise<unknown> {
    if (command === 'QueryCommand' && (input as { IndexName?: string }).IndexName && this.#gate.strikes('stale')) {
      return this.#withoutNew(await pass());
    }
    if (command === 'BatchGetItemCommand' && this.#gate.strikes('unprocessed'))
      return this.#readPart(await pass(), input);
    return pass();
  }

  // Here the input has DynamoDB's attribute values, and the answer already has plain ones.

  /** An index lags behind its table. */
  #withoutNew(answer: unknown): unknown {
    const { output, ...rest } = answer as { output: { Items?: { pk: string; sk: string }[] } };
    const Items = output.Items?.filter(({ pk, sk }) => !this.#isNew(pk, sk));
    return { ...rest, output: { ...output, Items } };
  }

  #readPart(answer: unknown, input: unknown): unknown {
    const { RequestItems } = input as { RequestItems: Record<string, { Keys: Record<string, AttributeValue>[] }> };
    const { output, ...rest } = answer as { output: { Responses: Record<string, object[]> } };
    const Responses: Record<string, object[]> = {};
    const UnprocessedKeys: Record<string, object> = {};
    for (const [table, request] of Object.entries(RequestItems)) {
      const keys = request.Keys.map((key) => unmarshall(key));
      const read = keys.slice(0, this.#gate.chance.between(1, keys.length));
      const isRead = (item: object) => read.some((key) => isMatch(item, key));
      Responses[table] = (output.Responses[table] ?? []).filter(isRead);
      if (read.length < keys.length) UnprocessedKeys[table] = { ...request, Keys: keys.slice(read.length) };
    }
    return { ...rest, output: { ...output, Responses, UnprocessedKeys } };
  }

  #answerSqs(command: string, input: Record<string, unknown>): object {
    if (command === 'GetQueueUrlCommand') return { QueueUrl: `http://queues/${input.QueueName}` };
    const name = String(input.QueueUrl).slice('http://queues/'.length);
    const queue = this.#services.queues.get(name);
    if (!queue) throw new Error(`no queue ${name}`);
    if (command === 'GetQueueAttributesCommand') {
      const { visible, delayed, inFlight } = queue.counts;
      const Attributes = {
        ApproximateNumberOfMessages: `${visible}`,
        ApproximateNumberOfMessagesDelayed: `${delayed}`,
        ApproximateNumberOfMessagesNotVisible: `${inFlight}`,
      };
      return { Attributes };
    }
    return this.#inPart(input.Entries as Message[], ({ MessageBody, DelaySeconds = 0, MessageAttributes }) =>
      queue.send(MessageBody, DelaySeconds, MessageAttributes ?? {}),
    );
  }

  /** A queue or a topic may accept some messages of a batch and refuse the rest for now. */
  #inPart<Entry extends { readonly Id: string }>(entries: readonly Entry[], take: (entry: Entry) => void): object {
    const most = this.#gate.strikes('unprocessed') ? this.#gate.chance.between(0, entries.length) : entries.length;
    entries.slice(0, most).forEach(take);
    return { Successful: [], Failed: entries.slice(most).map(({ Id }) => ({ Id, Code: 'Busy', SenderFault: false })) };
  }

  #sns() {
    const isDown = () => (this.#gate.strikes('topicDown') ? throttled('InternalErrorException') : undefined);
    const publish = (_: string, input: Record<string, unknown>) => {
      const entries = input.PublishBatchRequestEntries as { Id: string; Message: string }[];
      return this.#inPart(entries, ({ Message }) => this.#services.publish(Message));
    };
    return this.#answering(
      snsClient(() => Date.now()),
      publish,
      isDown,
    );
  }
}

const keyIn = (item: Attributes | undefined) => JSON.stringify([item?.pk, item?.sk]);

const SINGLE_WRITES: ReadonlySet<string> = new Set(['UpdateItemCommand', 'PutItemCommand', 'DeleteItemCommand']);
const WRITES: ReadonlySet<string> = new Set([...SINGLE_WRITES, 'TransactWriteItemsCommand']);

function throttled(name = 'ThrottlingException'): Error {
  return Object.assign(new Error('slow down'), {
    name,
    $fault: 'client',
    $retryable: { throttling: true },
    $metadata: {},
  });
}
