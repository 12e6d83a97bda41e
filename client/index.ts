import { ApprovalRules, Approvals } from './approvals.ts';
import { Batches } from './batches.ts';
import type { Health, OperationsOverview } from './contract.ts';
import { Keys } from './keys.ts';
import { Notifications } from './notifications.ts';
import { Orders, Products } from './orders.ts';
import type { OperationId } from './repeatable.ts';
import { Downloads, Jobs, Settlements } from './settlement.ts';
import { Imports, Transactions } from './transactions.ts';
import {
  type Answer,
  type AnswerBody,
  type CallOptions,
  type Input,
  type Query,
  type SluiceOptions,
  Transport,
} from './transport.ts';
import { Uploads } from './uploads.ts';
import { Payments, Providers, Wallets } from './wallets.ts';
import { WebhookDeliveries, WebhookEndpoints } from './webhooks.ts';
import { DeniedAddresses, WithdrawalProcessor, Withdrawals } from './withdrawals.ts';

export { type Batches, isFinished } from './batches.ts';
export type * from './contract.ts';
export { operations } from './contract.ts';
export { isSluiceError, SluiceConnectionError, SluiceError, SluiceTimeoutError } from './errors.ts';
export { type Decimal, ExactDecimal, type Int64, toJson } from './exact-json.ts';
export type { Pages } from './pages.ts';
export type { OperationId } from './repeatable.ts';
export type { Answer, AnswerBody, CallOptions, Input, Query, SluiceOptions } from './transport.ts';
export type { WaitOptions } from './wait.ts';
export {
  unwrap,
  type WebhookEvent,
  type WebhookEventType,
  type WebhookHeaders,
  WebhookVerificationError,
} from './webhook-events.ts';

/** The API of Sluice. */
export class Sluice {
  readonly batches: Batches;
  readonly notifications: Notifications;
  readonly approvals: Approvals;
  readonly approvalRules: ApprovalRules;
  readonly withdrawals: Withdrawals;
  readonly processor: WithdrawalProcessor;
  readonly deniedAddresses: DeniedAddresses;
  readonly wallets: Wallets;
  readonly payments: Payments;
  readonly providers: Providers;
  readonly products: Products;
  readonly orders: Orders;
  readonly transactions: Transactions;
  readonly imports: Imports;
  readonly uploads: Uploads;
  readonly jobs: Jobs;
  readonly settlements: Settlements;
  readonly downloads: Downloads;
  readonly keys: Keys;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly webhookDeliveries: WebhookDeliveries;
  readonly #transport: Transport;

  constructor(options: SluiceOptions) {
    const transport = new Transport(options);
    this.#transport = transport;
    this.batches = new Batches(transport);
    this.notifications = new Notifications(transport);
    this.approvals = new Approvals(transport);
    this.approvalRules = new ApprovalRules(transport);
    this.withdrawals = new Withdrawals(transport);
    this.processor = new WithdrawalProcessor(transport);
    this.deniedAddresses = new DeniedAddresses(transport);
    this.wallets = new Wallets(transport);
    this.payments = new Payments(transport);
    this.providers = new Providers(transport);
    this.products = new Products(transport);
    this.orders = new Orders(transport);
    this.transactions = new Transactions(transport);
    this.imports = new Imports(transport);
    this.uploads = new Uploads(transport);
    this.jobs = new Jobs(transport);
    this.settlements = new Settlements(transport);
    this.downloads = new Downloads(transport);
    this.keys = new Keys(transport);
    this.webhookEndpoints = new WebhookEndpoints(transport);
    this.webhookDeliveries = new WebhookDeliveries(transport);
  }

  /** Any operation of the contract, by its id: with status and headers of the answer. */
  request<Id extends OperationId>(id: Id, input: Input<Id>, options?: CallOptions): Promise<Answer<AnswerBody<Id>>> {
    return this.#transport.answer(id, input, options);
  }

  /** The audit log: events of all domains or of one subject, oldest first. */
  audit(query: Query<'getAudit'> = {}, options?: CallOptions) {
    return this.#transport.list('getAudit', { query }, 'events', options);
  }

  /** Whether the service runs and reads its data. Also of a service that is degraded, which answers 503. */
  health(options?: CallOptions): Promise<Health> {
    return this.#transport.call('getHealth', {}, options);
  }

  /** The same, with the queue and the rails. */
  deepHealth(options?: CallOptions): Promise<Health> {
    return this.#transport.call('getDeepHealth', {}, options);
  }

  /** What waits and what has failed in all domains, and the circuits to the rails. */
  overview(options?: CallOptions): Promise<OperationsOverview> {
    return this.#transport.call('getOperations', {}, options);
  }

  /** In the format OpenMetrics. */
  metrics(options?: CallOptions): Promise<string> {
    return this.#transport.text('getMetrics', {}, 'application/openmetrics-text', options);
  }
}
