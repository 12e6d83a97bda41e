import { AsyncLocalStorage } from 'node:async_hooks';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { documentClient, s3Client, snsClient, sqsClient, statesClient, tableIsUp } from './aws/clients.ts';
import { queueIsUp } from './aws/queue.ts';
import { type Config, config } from './config.ts';
import * as build from './dependencies.ts';
import type { Rail } from './rail/port.ts';
import { statesWorkflow } from './settlement/states.ts';
import { dynamoDataVersion } from './system/dynamo-data-version.ts';
import { dynamoTransactions } from './transactions/dynamo.ts';

/** What a container has to do with the world; made on first use. */
export type World = {
  readonly settings: () => Config;
  readonly dynamo: () => DynamoDBDocumentClient;
  readonly queues: () => SQSClient;
  readonly objects: () => S3Client;
  readonly topics: () => SNSClient;
  readonly machines: () => SFNClient;
  readonly bank: () => Rail;
  readonly gateway: () => Rail;
  readonly chain: () => Rail;
  /** Time, ids and chance other than the machine's. */
  readonly own?: build.OwnTime;
};

export type Container = ReturnType<typeof containerOf>;

/** What functions work with, in one Lambda container: built on first use, and kept for its life. */
export function containerOf(world: World) {
  const { settings, own = {} } = world;
  const [dynamo, queues, objects] = [lazily(world.dynamo), lazily(world.queues), lazily(world.objects)];
  const bank = lazily(world.bank);
  const wallets = lazily(() => ({
    ...build.walletDeps(settings(), { dynamo: dynamo(), gateway: world.gateway() }),
    ...own,
  }));
  return {
    wallets,
    payouts: lazily(() => ({
      ...build.payoutDeps(settings(), { dynamo: dynamo(), queues: queues(), bank: bank() }),
      ...own,
    })),
    withdrawals: lazily(() => {
      const { limiterOf } = wallets();
      const outside = { dynamo: dynamo(), queues: queues(), chain: world.chain(), limiterOf };
      return { ...build.withdrawalDeps(settings(), outside), ...own };
    }),
    orders: lazily(() => ({ ...build.orderDeps(settings(), { dynamo: dynamo() }), ...own })),
    settlement: lazily(() => {
      const workflow = statesWorkflow(world.machines(), settings().SETTLEMENT_MACHINE);
      return { ...build.settlementDeps(settings(), { dynamo: dynamo(), objects: objects(), workflow }), ...own };
    }),
    transactions: lazily(() => ({ transactions: dynamoTransactions(dynamo(), settings().TRANSACTIONS_TABLE) })),
    imports: lazily(() => ({
      ...build.importDeps(settings(), { dynamo: dynamo(), queues: queues(), objects: objects() }),
      ...own,
    })),
    relay: lazily(() => ({ ...build.relayDeps(settings(), { dynamo: dynamo(), topics: world.topics() }), ...own })),
    metrics: lazily(() => ({ ...build.metricsDeps(settings(), { dynamo: dynamo() }), ...own })),
    audit: lazily(() => ({ ...build.auditDeps(settings(), { dynamo: dynamo() }), ...own })),
    health: lazily(() => ({
      checks: [
        { name: 'database', isUp: () => tableIsUp(dynamo(), settings().PAYOUTS_TABLE) },
        { name: 'queue', isUp: () => queueIsUp(queues(), settings().CHUNKS_QUEUE) },
        { name: 'bank', isUp: () => bank().isHealthy() },
      ],
      dataVersion: dynamoDataVersion(dynamo(), settings().SYSTEM_TABLE),
    })),
  };
}

const ofThisProcess = containerOf({
  settings: config,
  dynamo: documentClient,
  queues: sqsClient,
  objects: s3Client,
  topics: snsClient,
  machines: statesClient,
  bank: () => build.httpBank(config()),
  gateway: () => build.gateway(config()),
  chain: () => build.chain(config()),
});

const another = new AsyncLocalStorage<Container>();

/** Runs functions in a container of its own, of which a process that simulates a service has many. */
export function inContainer<Result>(container: Container, work: () => Result): Result {
  return another.run(container, work);
}

const current = () => another.getStore() ?? ofThisProcess;

export const payouts = () => current().payouts();
export const orders = () => current().orders();
export const settlement = () => current().settlement();
export const transactions = () => current().transactions();
export const imports = () => current().imports();
export const wallets = () => current().wallets();
export const withdrawals = () => current().withdrawals();
export const relay = () => current().relay();
export const metrics = () => current().metrics();
export const audit = () => current().audit();
export const health = () => current().health();

function lazily<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
