import { readFile } from 'node:fs/promises';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ApprovalDeps } from './access/approval-ports.ts';
import { type Authenticate, authenticator } from './access/authenticate.ts';
import { dynamoApprovals, dynamoKnownPayees, dynamoPolicies } from './access/dynamo-approvals.ts';
import { dynamoKeyFinder, dynamoKeys } from './access/dynamo-keys.ts';
import { dynamoLimits } from './access/dynamo-limits.ts';
import { dynamoRates } from './access/dynamo-rates.ts';
import type { GateDeps } from './access/index.ts';
import { isLive, SECRET_BYTES, secretOf } from './access/key.ts';
import { keyApprovals } from './access/key-approvals.ts';
import { rateLimiter } from './access/limit-rate.ts';
import { cachedPolicy } from './access/policy-cache.ts';
import type { AccessDeps } from './access/ports.ts';
import { policyApprovals } from './access/set-policy.ts';
import { dynamoChain } from './audit/dynamo-chain.ts';
import type { HeadSigner } from './audit/head.ts';
import { kmsSigner } from './audit/kms.ts';
import { localSigner } from './audit/local-signer.ts';
import { SEAL_POLICY, type SealDeps } from './audit/ports.ts';
import { kmsClient, tableIsUp } from './aws/clients.ts';
import { S3Files, UPLOAD_SECONDS } from './aws/files.ts';
import { QueueSender, queueIsUp } from './aws/queue.ts';
import { type Config, LATE_CALL_MS, LATE_CHARGE_MS } from './config.ts';
import { dynamoDataKeys } from './crypto/dynamo-data-keys.ts';
import { kmsKey } from './crypto/kms.ts';
import { localKey } from './crypto/local-key.ts';
import type { KeyWrapper } from './crypto/ports.ts';
import { type Secrets, secretsOf } from './crypto/secrets.ts';
import type { Admit } from './edge/admission.ts';
import { currentPrincipal, currentRequestId } from './edge/context.ts';
import { logger } from './edge/log.ts';
import { dynamoAudit } from './events/dynamo-audit.ts';
import { dynamoCounters } from './events/dynamo-counters.ts';
import { dynamoOutbox } from './events/dynamo-outbox.ts';
import type { AuditDeps, MetricsDeps, RelayDeps } from './events/ports.ts';
import { snsTopic } from './events/sns.ts';
import { dynamoImports } from './imports/dynamo.ts';
import { readRecords } from './imports/formats.ts';
import type { ImportDeps } from './imports/ports.ts';
import { coalesce } from './kernel/coalesce.ts';
import { limiter } from './kernel/limiter.ts';
import { dynamoLedger } from './ledger/dynamo-ledger.ts';
import { dynamoOrders } from './orders/dynamo-orders.ts';
import { dynamoProducts } from './orders/dynamo-products.ts';
import type { OrderDeps } from './orders/ports.ts';
import { batchApprovals } from './payouts/approve-batch.ts';
import { dynamoBatches, dynamoBatchState } from './payouts/dynamo-batches.ts';
import { dynamoChunks } from './payouts/dynamo-chunks.ts';
import type { PayoutDeps } from './payouts/ports.ts';
import { sqsChunkQueue } from './payouts/queue.ts';
import { HttpRail, type HttpRailOptions } from './rail/http.ts';
import type { Rail } from './rail/port.ts';
import { dynamoPositions } from './recovery/dynamo-positions.ts';
import type { RecoveryDeps } from './recovery/run-recovery.ts';
import { machine, secretBytes } from './runtime.ts';
import { MAX_CHUNKS } from './settlement/chunk.ts';
import { dynamoJobs } from './settlement/dynamo-jobs.ts';
import { dynamoSegments, dynamoSettlements } from './settlement/dynamo-settlements.ts';
import type { SettlementDeps, Workflow } from './settlement/ports.ts';
import type { HealthDeps } from './system/check-health.ts';
import type { DocsDeps } from './system/docs.ts';
import { dynamoDataVersion } from './system/dynamo-data-version.ts';
import { dynamoTransactions } from './transactions/dynamo.ts';
import type { TransactionDeps } from './transactions/ports.ts';
import { dynamoPayments } from './wallets/dynamo-payments.ts';
import { dynamoProviders, dynamoWallets } from './wallets/dynamo-wallets.ts';
import type { WalletDeps } from './wallets/ports.ts';
import { withdrawalApprovals } from './withdrawals/approve-withdrawal.ts';
import { removalApprovals } from './withdrawals/deny-list.ts';
import { dynamoDenyList } from './withdrawals/dynamo-deny-list.ts';
import { dynamoProcessor } from './withdrawals/dynamo-processor.ts';
import { dynamoWithdrawals } from './withdrawals/dynamo-withdrawals.ts';
import { countedOutcomes } from './withdrawals/outcomes.ts';
import type { WithdrawalDeps } from './withdrawals/ports.ts';
import { sqsWithdrawalQueue } from './withdrawals/queue.ts';

/*
 * The dependencies of each domain, built from clients, settings and a runtime. Tests use these builders too.
 */

/** The clients and rails that the service uses. */
export type Outside = {
  readonly dynamo: DynamoDBDocumentClient;
  readonly queues: SQSClient;
  readonly objects: S3Client;
  readonly topics: SNSClient;
  readonly workflow: Workflow;
  readonly signer: HeadSigner;
  readonly bank: Rail;
  readonly gateway: Rail;
  readonly chain: Rail;
  /** One per process: it keeps the data keys. */
  readonly secrets: Secrets;
  /** One per process: wallets and withdrawals post to the same wallets. */
  readonly groups: WalletDeps['groups'];
};
type Of<Name extends keyof Outside> = Pick<Outside, Name>;

export function authenticate(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): Authenticate {
  const onFailure = (error: Error) => logger.warn('the use of a key was not recorded', { error });
  return authenticator({ keys: dynamoKeyFinder(dynamo, settings.ACCESS_TABLE), now, onFailure });
}

/** One per process: it keeps tokens. */
export function rateLimits(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): Admit {
  return rateLimiter({ rates: dynamoRates(dynamo, settings.ACCESS_TABLE), now, log: logger });
}

export function accessDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): AccessDeps {
  const tables = accessTables(settings);
  return {
    approvals: dynamoApprovals(dynamo, tables),
    policies: dynamoPolicies(dynamo, tables),
    keys: dynamoKeys(dynamo, settings.ACCESS_TABLE, settings.EVENTS_TABLE),
    limits: dynamoLimits(dynamo, settings.ACCESS_TABLE),
    newSecret: () => secretOf(isLive(settings.STAGE), secretBytes(SECRET_BYTES)),
    assets: settings.WITHDRAWAL_ASSETS,
    policy: { backoff: { baseMs: 20, maxMs: 1_000 }, patienceMs: 10_000 },
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
}

const accessTables = (settings: Config) => ({ access: settings.ACCESS_TABLE, events: settings.EVENTS_TABLE });

/** What a domain needs to ask for approvals. */
function gateDeps(settings: Config, { dynamo, secrets }: Of<'dynamo' | 'secrets'>, { now } = machine) {
  const tables = accessTables(settings);
  return {
    approvals: dynamoApprovals(dynamo, tables),
    approvalPolicy: cachedPolicy(dynamoPolicies(dynamo, tables), now),
    knownPayees: dynamoKnownPayees(dynamo, tables.access, secrets),
  } satisfies Partial<GateDeps>;
}

export function approvalDeps(
  settings: Config,
  outside: Of<'dynamo' | 'queues' | 'bank' | 'chain' | 'groups' | 'secrets'>,
  runtime = machine,
): ApprovalDeps {
  const tables = accessTables(settings);
  const own = {
    approvals: dynamoApprovals(outside.dynamo, tables),
    policies: dynamoPolicies(outside.dynamo, tables),
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
  const withdrawals = withdrawalDeps(settings, outside, runtime);
  const subjects = {
    batch: batchApprovals(payoutDeps(settings, outside, runtime)),
    withdrawal: withdrawalApprovals(withdrawals),
    deny_list_removal: removalApprovals(withdrawals),
    key: keyApprovals(accessDeps(settings, outside, runtime)),
    policy: policyApprovals(own),
  };
  return { ...own, subjects };
}

export function payoutDeps(
  settings: Config,
  { dynamo, queues, bank, secrets }: Of<'dynamo' | 'queues' | 'bank' | 'secrets'>,
  runtime = machine,
): PayoutDeps {
  return {
    batches: dynamoBatches(
      dynamo,
      { payouts: settings.PAYOUTS_TABLE, events: settings.EVENTS_TABLE, access: settings.ACCESS_TABLE },
      secrets,
    ),
    chunks: dynamoChunks(dynamo, { payouts: settings.PAYOUTS_TABLE, events: settings.EVENTS_TABLE }, secrets),
    hmac: () => secrets.hmac(),
    queue: sqsChunkQueue(new QueueSender(queues, settings.CHUNKS_QUEUE, currentRequestId)),
    bank,
    ...gateDeps(settings, { dynamo, secrets }, runtime),
    readState: coalesce(dynamoBatchState(dynamo, settings.PAYOUTS_TABLE)),
    policy: {
      chunkSize: settings.PAYOUT_CHUNK_SIZE,
      maxAttempts: settings.PAYOUT_MAX_ATTEMPTS,
      leaseMs: settings.PAYOUT_CHUNK_LEASE_MS,
      lateCallMs: LATE_CALL_MS,
      creationLeaseMs: 10_000,
      lostAfterMs: settings.RECOVERY_AFTER_MS,
      backoff: { baseMs: settings.PAYOUT_RETRY_BASE_DELAY_MS, maxMs: settings.PAYOUT_RETRY_MAX_DELAY_MS },
      maxWaitMs: 1_000,
    },
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
}

export function orderDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): OrderDeps {
  return {
    products: dynamoProducts(dynamo, settings.ORDERS_TABLE, settings.EVENTS_TABLE),
    orders: dynamoOrders(dynamo, settings.ORDERS_TABLE, settings.EVENTS_TABLE),
    // The functions have 28 s: eight of them are left for the last try and the SDK's own retries.
    policy: { backoff: { baseMs: 20, maxMs: 2_000 }, patienceMs: 20_000 },
    limit: limiter(16), // for local processes: a container on Lambda has one request at a time
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
}

export function settlementDeps(
  settings: Config,
  { dynamo, objects, workflow }: Of<'dynamo' | 'objects' | 'workflow'>,
  runtime = machine,
): SettlementDeps {
  return {
    jobs: dynamoJobs(dynamo, settings.SETTLEMENTS_TABLE, settings.EVENTS_TABLE),
    settlements: dynamoSettlements(dynamo, settings.SETTLEMENTS_TABLE),
    segments: dynamoSegments(dynamo, settings.TRANSACTIONS_TABLE),
    files: new S3Files(objects, settings.FILES_BUCKET),
    workflow,
    policy: { window: MAX_CHUNKS },
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
}

export function transactionDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): TransactionDeps {
  return {
    transactions: dynamoTransactions(dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE),
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
}

export function importDeps(
  settings: Config,
  { dynamo, queues, objects }: Of<'dynamo' | 'queues' | 'objects'>,
  runtime = machine,
): ImportDeps {
  return {
    imports: dynamoImports(dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE),
    transactions: dynamoTransactions(dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE),
    files: new S3Files(objects, settings.FILES_BUCKET),
    queue: new QueueSender(queues, settings.IMPORTS_QUEUE, currentRequestId),
    readRecords,
    policy: {
      windowRows: settings.IMPORT_WINDOW_ROWS,
      sliceMs: 60_000,
      lostAfterMs: 5 * 60_000,
      uploadWithinMs: UPLOAD_SECONDS * 1_000,
    },
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
}

export function relayDeps(settings: Config, { dynamo, topics }: Of<'dynamo' | 'topics'>, runtime = machine): RelayDeps {
  return {
    outbox: dynamoOutbox(dynamo, settings.EVENTS_TABLE, runtime.random),
    topic: snsTopic(topics, settings.EVENTS_TOPIC),
    policy: { sweepAfterMs: 30_000, pageSize: 90 },
    ...runtime,
  };
}

export function metricsDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): MetricsDeps {
  return {
    counters: dynamoCounters(dynamo, settings.EVENTS_TABLE),
    outbox: dynamoOutbox(dynamo, settings.EVENTS_TABLE, runtime.random),
    ...runtime,
  };
}

export function auditDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): AuditDeps {
  return { audit: dynamoAudit(dynamo, settings.EVENTS_TABLE), ...runtime };
}

export function sealDeps(
  settings: Config,
  { dynamo, objects, signer }: Of<'dynamo' | 'objects' | 'signer'>,
  runtime = machine,
): SealDeps {
  return {
    log: dynamoAudit(dynamo, settings.EVENTS_TABLE),
    chain: dynamoChain({ dynamo, objects }, { table: settings.SEALS_TABLE, bucket: settings.AUDIT_BUCKET }),
    signer,
    policy: SEAL_POLICY,
    ...runtime,
  };
}

export function walletDeps(
  settings: Config,
  { dynamo, gateway, groups }: Of<'dynamo' | 'gateway' | 'groups'>,
  runtime = machine,
): WalletDeps {
  return {
    ledger: dynamoLedger(dynamo, settings.WALLETS_TABLE),
    wallets: dynamoWallets(dynamo, settings.WALLETS_TABLE, settings.EVENTS_TABLE),
    payments: dynamoPayments(dynamo, {
      wallets: settings.WALLETS_TABLE,
      events: settings.EVENTS_TABLE,
      access: settings.ACCESS_TABLE,
    }),
    providers: dynamoProviders(dynamo, settings.WALLETS_TABLE, settings.EVENTS_TABLE),
    gateway,
    assets: settings.WITHDRAWAL_ASSETS,
    // The functions have 28 s: a request may wait twice for the wallet, and between that for the gateway.
    policy: {
      gatewayMs: settings.GATEWAY_BUDGET_MS,
      reserveMs: 8_000,
      lateCallMs: LATE_CHARGE_MS,
      gatewayBackoff: { baseMs: 200, maxMs: 2_000 },
      backoff: { baseMs: 10, maxMs: 1_000 },
      patienceMs: 7_000,
    },
    groups,
    log: logger,
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
}

export function withdrawalDeps(
  settings: Config,
  { dynamo, queues, chain, groups, secrets }: Of<'dynamo' | 'queues' | 'chain' | 'groups' | 'secrets'>,
  runtime = machine,
): WithdrawalDeps {
  const processor = dynamoProcessor(dynamo, settings.WITHDRAWALS_TABLE, settings.EVENTS_TABLE);
  const readState = coalesce(() => processor.readState());
  const counters = dynamoCounters(dynamo, settings.EVENTS_TABLE);
  return {
    ledger: dynamoLedger(dynamo, settings.WALLETS_TABLE),
    withdrawals: dynamoWithdrawals(
      dynamo,
      {
        withdrawals: settings.WITHDRAWALS_TABLE,
        wallets: settings.WALLETS_TABLE,
        events: settings.EVENTS_TABLE,
        access: settings.ACCESS_TABLE,
      },
      secrets,
    ),
    processor: { ...processor, readState: () => readState('processor') },
    denyList: dynamoDenyList(
      dynamo,
      { withdrawals: settings.WITHDRAWALS_TABLE, events: settings.EVENTS_TABLE },
      secrets,
    ),
    queue: sqsWithdrawalQueue(new QueueSender(queues, settings.WITHDRAWALS_QUEUE, currentRequestId)),
    chain,
    ...gateDeps(settings, { dynamo, secrets }, runtime),
    hmac: () => secrets.hmac(),
    outcomes: async () => countedOutcomes(await counters.read()),
    assets: settings.WITHDRAWAL_ASSETS,
    policy: {
      leaseMs: settings.WITHDRAWAL_LOCK_TTL,
      lateCallMs: LATE_CALL_MS,
      backoff: {
        baseMs: settings.WITHDRAWAL_RETRY_BASE_DELAY,
        maxMs: settings.WITHDRAWAL_RETRY_MAX_DELAY,
        multiplier: settings.WITHDRAWAL_RETRY_MULTIPLIER,
      },
      maxLookUpIntervalMs: settings.WITHDRAWAL_CONFIRMATION_POLL_MAX,
      lostAfterMs: settings.RECOVERY_AFTER_MS,
      posting: { backoff: { baseMs: 10, maxMs: 1_000 }, patienceMs: 7_000 },
    },
    groups,
    log: logger,
    ...runtime,
    requestId: currentRequestId,
    principal: currentPrincipal,
  };
}

export function secrets(
  settings: Pick<Config, 'SYSTEM_TABLE' | 'KEY_ENCRYPTION_KEY'>,
  { dynamo }: Of<'dynamo'>,
  { now } = machine,
): Secrets {
  return secretsOf({
    keys: dynamoDataKeys(dynamo, settings.SYSTEM_TABLE),
    wrapper: wrapperOf(settings.KEY_ENCRYPTION_KEY),
    now,
  });
}

function wrapperOf(key: string): KeyWrapper {
  return key.startsWith('file:') ? localKey(key.slice('file:'.length)) : kmsKey(key, kmsClient);
}

export function recoveryDeps(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): RecoveryDeps {
  return { positions: dynamoPositions(dynamo, settings.SYSTEM_TABLE), now };
}

export function healthDeps(
  settings: Config,
  { dynamo, queues, bank }: Of<'dynamo' | 'queues' | 'bank'>,
  runtime = machine,
): HealthDeps {
  return {
    checks: [
      { name: 'database', isUp: () => tableIsUp(dynamo, settings.PAYOUTS_TABLE) },
      { name: 'queue', isUp: () => queueIsUp(queues, settings.CHUNKS_QUEUE) },
      { name: 'bank', isUp: () => bank.isHealthy() },
    ],
    dataVersion: dynamoDataVersion(dynamo, settings.SYSTEM_TABLE),
    ...runtime,
  };
}

/** The deployment package is the working directory of a function. */
export const docsDeps = (): DocsDeps => ({ readFile: (path) => readFile(path) });

/** The deployed functions sign with KMS, those of `npm start` with a file. */
export function signer({ AUDIT_KEY, AUDIT_KEY_FILE }: Config, kms: () => KMSClient): HeadSigner {
  if (AUDIT_KEY_FILE === '') return kmsSigner(kms(), AUDIT_KEY);
  return localSigner(() => readFile(AUDIT_KEY_FILE, 'utf8'));
}

export function httpBank(settings: Config): HttpRail {
  return rail(settings, { url: settings.BANK_URL, resource: 'transfers', deadlineMs: settings.BANK_DEADLINE_MS });
}

export function gateway(settings: Config): HttpRail {
  return rail(settings, { url: settings.GATEWAY_URL, resource: 'charges', deadlineMs: settings.GATEWAY_DEADLINE_MS });
}

export function chain(settings: Config): HttpRail {
  return rail(settings, { url: settings.CHAIN_URL, resource: 'broadcasts', deadlineMs: settings.CHAIN_DEADLINE_MS });
}

function rail(settings: Config, which: Pick<HttpRailOptions, 'url' | 'resource' | 'deadlineMs'>): HttpRail {
  return new HttpRail({
    ...which,
    maxInFlight: settings.BANK_MAX_IN_FLIGHT,
    breaker: { failures: settings.BANK_BREAKER_FAILURES, openMs: settings.BANK_BREAKER_OPEN_MS },
  });
}
