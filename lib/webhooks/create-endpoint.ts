import { AppError, invariant } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { type Endpoint, type EndpointSettings, MAX_ENDPOINTS, newEndpointId } from './endpoint.ts';
import { endpointCreated } from './endpoint-events.ts';
import { problemWithUrl } from './endpoint-url.ts';
import type { EndpointDeps } from './ports.ts';

/** `secret`: only in the first answer. */
export type NewSecret = {
  readonly endpoint: Endpoint;
  readonly secret?: string | undefined;
  readonly replayed: boolean;
};

/**
 * Makes an endpoint. It gets the events that happen from now on. An earlier request with the same idempotency key has made the
 * same one; its secret cannot be returned again.
 * @throws AppError VALIDATION_ERROR, IDEMPOTENCY_MISMATCH; INVALID_STATE there are too many
 */
export async function createEndpoint(
  deps: EndpointDeps,
  request: EndpointSettings,
  idempotencyKey: IdempotencyKey,
): Promise<NewSecret> {
  refuseUrl(deps, request.url);
  const living = (await deps.endpoints.all()).filter(({ deletedAt }) => deletedAt === undefined);
  if (living.length >= MAX_ENDPOINTS) {
    throw new AppError('INVALID_STATE', { message: `There are ${MAX_ENDPOINTS} endpoints. Delete one first.` });
  }
  const [now, secret] = [deps.now(), deps.newSecret()];
  const since = new Date(now).toISOString();
  const { types, ...settings } = request;
  const endpoint: Endpoint = {
    ...settings,
    id: newEndpointId(now, deps.newId()),
    filters: [{ since, types }],
    secrets: [{ secret }],
    createdAt: since,
    version: 1,
  };
  const keyed = { scope: 'webhook-endpoint', key: idempotencyKey, request };
  const written = await deps.endpoints.insert(endpoint, endpointCreated(deps, endpoint), keyed);
  if (written.kind === 'written') return { endpoint, secret, replayed: false };
  const first = await deps.endpoints.read(written.resource as Endpoint['id']);
  invariant(first, 'an endpoint stays stored when it is deleted');
  return { endpoint: first, replayed: true };
}

/** @throws AppError VALIDATION_ERROR no call may go there */
export function refuseUrl({ allowLocal }: Pick<EndpointDeps, 'allowLocal'>, url: string): void {
  const reason = problemWithUrl(url, { allowLocal });
  if (reason !== undefined) throw new AppError('VALIDATION_ERROR', { details: [{ path: 'url', reason }] });
}
