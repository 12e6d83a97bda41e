import { AsyncLocalStorage } from 'node:async_hooks';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { once } from 'es-toolkit';
import { documentClient, kmsClient, s3Client, snsClient, sqsClient, statesClient } from './aws/clients.ts';
import { type Config, config } from './config.ts';
import * as build from './dependencies.ts';
import type { Admit } from './edge/admission.ts';
import { PostingGroups } from './ledger/index.ts';
import { machine, type Runtime, withRuntime } from './runtime.ts';
import { statesWorkflow } from './settlement/states.ts';

/** The clients, rails and settings of a container. */
export type World = Lazy<
  Omit<build.Outside, 'workflow' | 'groups'> & { readonly settings: Config; readonly machines: SFNClient }
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
  const from = <Deps>(builder: (settings: Config, outside: build.Outside, runtime: Runtime) => Deps) => {
    return () => builder(outside.settings, outside, runtime);
  };
  return lazy({
    runtime: () => runtime,
    authenticate: from(build.authenticate),
    admit: from(build.rateLimits),
    access: from(build.accessDeps),
    approvals: from(build.approvalDeps),
    payouts: from(build.payoutDeps),
    orders: from(build.orderDeps),
    settlement: from(build.settlementDeps),
    transactions: from(build.transactionDeps),
    imports: from(build.importDeps),
    wallets: from(build.walletDeps),
    withdrawals: from(build.withdrawalDeps),
    relay: from(build.relayDeps),
    metrics: from(build.metricsDeps),
    audit: from(build.auditDeps),
    seal: from(build.sealDeps),
    recovery: from(build.recoveryDeps),
    health: from(build.healthDeps),
    docs: build.docsDeps,
  });
}

const client = once(documentClient);

const ofThisProcess = containerOf(
  {
    settings: config,
    dynamo: client,
    secrets: () => build.secrets(config(), { dynamo: client() }),
    queues: sqsClient,
    objects: s3Client,
    topics: snsClient,
    machines: statesClient,
    signer: () => build.signer(config(), kmsClient),
    bank: () => build.httpBank(config()),
    gateway: () => build.gateway(config()),
    chain: () => build.chain(config()),
  },
  machine,
);

const replaced = new AsyncLocalStorage<Container>();

/** Runs functions in another container. A process that simulates the service has several. */
export function inContainer<Result>(container: Container, work: () => Result): Result {
  return replaced.run(container, () => withRuntime(container.runtime, work));
}

const current = () => replaced.getStore() ?? ofThisProcess;

export const authenticate = () => current().authenticate;
/** Counts a request of a key. */
export const admit: Admit = (principal) => current().admit(principal);
export const access = () => current().access;
export const approvals = () => current().approvals;
export const payouts = () => current().payouts;
export const orders = () => current().orders;
export const settlement = () => current().settlement;
export const transactions = () => current().transactions;
export const imports = () => current().imports;
export const wallets = () => current().wallets;
export const withdrawals = () => current().withdrawals;
export const relay = () => current().relay;
export const metrics = () => current().metrics;
export const audit = () => current().audit;
export const seal = () => current().seal;
export const recovery = () => current().recovery;
export const health = () => current().health;
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
