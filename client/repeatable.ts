import { type Operations, operations } from './contract.ts';

/*
 * Which requests may be sent again when their outcome is unknown.
 */

export type OperationId = keyof Operations;
type Table = typeof operations;
type Keyless = { [Id in OperationId]: Table[Id] extends { method: 'GET' } | { key: string } ? never : Id }[OperationId];

/** Fields of a body that are its idempotency key. A request that has one needs no header. */
const KEY_FIELDS: { readonly [Id in OperationId]?: string } = {
  createBatch: 'batch_id',
  createWithdrawal: 'idempotency_key',
  createProduct: 'id',
  createProvider: 'provider_id',
};

/**
 * Operations that have no idempotency key and are no GET. Every one of them is decided here, from the documentation of the
 * service. Repeatable is what has the same effect if it is carried out twice; the answer may tell that it was done before.
 */
const REPEATABLE: { readonly [Id in Keyless]: boolean } = {
  startBatch: true, // changes nothing while the batch is in progress
  scheduleBatch: true, // changes nothing if the batch has this time
  stopBatch: true, // changes nothing while it is stopping or stopped
  cancelBatch: true, // the first request has the effect
  cancelPayout: true, // the first request has the effect
  lookUpPayout: true, // has no further effect
  retryFailed: false, // opens the failures of the first repetition once more
  redriveBatch: true, // sends what is dead-lettered now
  notify: true, // changes nothing if it was stored
  redriveNotification: true, // changes nothing if it is no dead letter
  retryWithdrawal: false, // uses up one more retry if the first one has failed
  startProcessor: true,
  stopProcessor: true,
  redriveWithdrawals: true, // sends what is dead-lettered now
  denyAddress: true,
  allowAddress: false, // each request that needs another person makes an approval
  openSession: true, // an unused session ends by itself
  closeSession: true,
  createWallet: true, // a wallet and a currency of it exist once
  createProvider: false, // each request without `provider_id` is a new provider
  storeTransactions: true, // the id of a row is its key
  createImport: true, // an import without a file has no effect
  startImport: true, // changes nothing if the import has started
  createUpload: true, // an upload without a file has no effect
  submitUpload: true, // changes nothing if the file is read already
  startUpload: true, // as startBatch, for each batch
  stopUpload: true, // as stopBatch, for each batch
  cancelUpload: true, // as cancelBatch, for each batch
  requestUploadReport: true, // another report replaces the last one
  cancelJob: true,
  changeKey: false, // as allowAddress
  revokeKey: true,
  approve: true, // the same decision of the same person again changes nothing
  reject: true,
  setApprovalPolicy: false, // as allowAddress
  changeWebhookEndpoint: true,
  deleteWebhookEndpoint: true, // the second answer is NOT_FOUND
  testWebhookEndpoint: false, // sends another event
  replayWebhooks: false, // sends all of it once more
  replayWebhookDelivery: false, // sends it once more
};

const hasKeyField = (id: OperationId, body: unknown): boolean => {
  const field = KEY_FIELDS[id];
  return field !== undefined && (body as Record<string, unknown> | undefined)?.[field] !== undefined;
};

/** Whether the client makes a key for this request. The caller's own key comes first. */
export const needsKey = (id: OperationId, body: unknown): boolean => 'key' in operations[id] && !hasKeyField(id, body);

/** Whether the request may be sent again although it may have been carried out. */
export function isRepeatable(id: OperationId, body: unknown): boolean {
  if (operations[id].method === 'GET' || 'key' in operations[id] || hasKeyField(id, body)) return true;
  return (REPEATABLE as { readonly [Id in OperationId]?: boolean })[id] ?? false;
}
