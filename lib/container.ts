import { AsyncLocalStorage } from 'node:async_hooks';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { once } from 'es-toolkit';
import { documentClient, s3Client, snsClient, sqsClient, statesClient } from './aws/clients.ts';
import { type Config, config } from './config.ts';
import { accessDeps, rateLimits } from './dependencies/access.ts';
import { approvalDeps, backfillDeps } from './dependencies/approvals.ts';
import { auditDeps, sealDeps, signer } from './dependencies/audit.ts';
import { secrets } from './dependencies/crypto.ts';
import { metricsDeps, relayDeps } from './dependencies/events.ts';
import { orderDeps } from './dependencies/orders.ts';
import type { Outside } from './dependencies/outside.ts';
import { payoutDeps } from './dependencies/payouts.ts';
import { chain, circuitStore, gateway, httpBank } from './dependencies/rails.ts';
import { settlementDeps } from './dependencies/settlement.ts';
import {
  deepHealthDeps,
  docsDeps,
  healthDeps,
  measureDeps,
  operationsDeps,
  recoveryDeps,
} from './dependencies/system.ts';
import { importDeps, transactionDeps, uploadDeps } from './dependencies/transactions.ts';
import { walletDeps } from './dependencies/wallets.ts';
import { pastDeps, webhookDeps } from './dependencies/webhooks.ts';
import { withdrawalDeps } from './dependencies/withdrawals.ts';
import type { Admit } from './edge/admission.ts';
import { PostingGroups } from './ledger/index.ts';
import { machine, type Runtime, withRuntime } from './runtime.ts';
import { statesWorkflow } from './settlement/states.ts';
import { httpEndpointClient } from './webhooks/http-endpoint-client.ts';

/** The clients, rails and settings of a container. */
export type World = Lazy<
  Omit<Outside, 'workflow' | 'groups'> & { readonly settings: Config; readonly machines: SFNClient }
>;
type Lazy<Values> = { readonly [Name in keyof Values]: () => Values[Name] };

export type Container = ReturnType<typeof containerOf>;

/** The dependencies of all functions in one Lambda container. */
export function containerOf(world: World, runtime: Runtime) {
  const outside = lazy({
    ...world,
    groups: () => new PostingGroups(),
    workflow: () => statesWorkflow(world.machines(), world.settings().SETTLEMENT_MACHINE),
  });
  const from = <Deps>(builder: (settings: Config, outside: Outside, runtime: Runtime) => Deps) => {
    return () => builder(outside.settings, outside, runtime);
  };
  return lazy({
    runtime: () => runtime,
    admit: from(rateLimits),
    access: from(accessDeps),
    approvals: from(approvalDeps),
    backfill: from(backfillDeps),
    payouts: from(payoutDeps),
    orders: from(orderDeps),
    settlement: from(settlementDeps),
    transactions: from(transactionDeps),
    imports: from(importDeps),
    uploads: from(uploadDeps),
    wallets: from(walletDeps),
    withdrawals: from(withdrawalDeps),
    relay: from(relayDeps),
    metrics: from(metricsDeps),
    audit: from(auditDeps),
    seal: from(sealDeps),
    recovery: from(recoveryDeps),
    health: from(healthDeps),
    deepHealth: from(deepHealthDeps),
    docs: docsDeps,
    operations: from(operationsDeps),
    measuring: from(measureDeps),
    webhooks: from(webhookDeps),
    past: from(pastDeps),
  });
}

const client = once(() => documentClient(machine.now));
const shared = () => ({ circuits: circuitStore(config(), { dynamo: client() }) });

const ofThisProcess = containerOf(
  {
    settings: config,
    dynamo: client,
    secrets: () => secrets(config(), { dynamo: client() }),
    queues: () => sqsClient(machine.now),
    objects: () => s3Client(machine.now),
    topics: () => snsClient(machine.now),
    machines: () => statesClient(machine.now),
    signer: () => signer(config()),
    bank: () => httpBank(config(), shared()),
    gateway: () => gateway(config(), shared()),
    chain: () => chain(config(), shared()),
    receivers: () => httpEndpointClient({ allowLocal: config().WEBHOOKS_ALLOW_LOCAL, now: machine.now }),
  },
  machine,
);

const replaced = new AsyncLocalStorage<Container>();

/** Runs functions in another container. A process that simulates the service has several. */
export function inContainer<Result>(container: Container, work: () => Result): Result {
  return replaced.run(container, () => withRuntime(container.runtime, work));
}

const current = () => replaced.getStore() ?? ofThisProcess;

/** Counts a request of a key. */
export const admit: Admit = (principal) => current().admit(principal);
export const access = () => current().access;
export const approvals = () => current().approvals;
export const backfill = () => current().backfill;
export const payouts = () => current().payouts;
export const orders = () => current().orders;
export const settlement = () => current().settlement;
export const transactions = () => current().transactions;
export const imports = () => current().imports;
export const uploads = () => current().uploads;
export const wallets = () => current().wallets;
export const withdrawals = () => current().withdrawals;
export const relay = () => current().relay;
export const metrics = () => current().metrics;
export const audit = () => current().audit;
export const seal = () => current().seal;
export const recovery = () => current().recovery;
/** What everybody may know. */
export const health = () => current().health;
/** The queue and the rails too. */
export const deepHealth = () => current().deepHealth;
export const webhooks = () => current().webhooks;
/** Reads events and what became of them. */
export const past = () => current().past;
/** What waits and what has failed in all domains. */
export const operations = () => current().operations;
/** How old the oldest open work is. */
export const measuring = () => current().measuring;
export const docs = () => current().docs;

/** Creates each value on first use and keeps it. */
function lazy<Values extends object>(makers: Lazy<Values>): Values {
  const made = new Map<string, unknown>();
  const getters = Object.entries<() => unknown>({ ...makers }).map(([name, make]) => {
    const get = () => {
      if (!made.has(name)) made.set(name, make());
      return made.get(name);
    };
    return [name, { get }];
  });
  return Object.create(null, Object.fromEntries(getters));
}
