import { type Operations, operations } from './contract.ts';
import { SluiceConnectionError, SluiceError } from './errors.ts';

/*
 * Which requests may be sent again when their outcome is unknown.
 */

export type OperationId = keyof Operations;
type Table = typeof operations;
type Keyless = { [Id in OperationId]: Table[Id] extends { method: 'GET' } | { key: string } ? never : Id }[OperationId];

/** Fields of a body that are its idempotency key. A request that has one needs no header. */
const KEY_FIELDS: { readonly [Id in OperationId]?: string } = {
  createBatch: 'batch_id',
};

/**
 * Operations that have no idempotency key and are no GET. Every one of them is decided here, from the documentation of the
 * service. Repeatable is what has the same effect if it is carried out twice; the answer may tell that it was done before.
 */
const REPEATABLE: { readonly [Id in Keyless]: boolean } = {
  startBatch: true, // changes nothing while the batch is in progress
  stopBatch: true, // changes nothing while it is stopping or stopped
  retryFailed: false, // opens the failures of the first repetition once more
  redriveBatch: true, // sends what is dead-lettered now
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

/** After these the request may succeed. 502 GATEWAY_ERROR is final: the gateway did not charge. */
const TRANSIENT = [429, 500, 503, 504];

/** Whether to send a request again after this error. */
export function mayRetry(error: unknown, repeatable: boolean): boolean {
  if (error instanceof SluiceError) {
    if (error.status === 429) return true; // nothing was changed
    return repeatable && (TRANSIENT.includes(error.status) || error.code === 'REQUEST_IN_PROGRESS');
  }
  if (!(error instanceof SluiceConnectionError)) return false;
  const { status } = error;
  return repeatable && (status === undefined || status === 502 || TRANSIENT.includes(status));
}
