import { AppError, orNotFound } from '../kernel/errors.ts';
import { type IdempotencyKey, type KeyedRequest, knownOr } from '../kernel/idempotency.ts';
import { type Endpoint, type EndpointSettings, endpointIdOf, MAX_ENDPOINTS, newEndpointId } from './endpoint.ts';
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
  const keyed = { scope: 'webhook-endpoint', key: idempotencyKey, request };
  if ((await deps.endpoints.all()).length >= MAX_ENDPOINTS) {
    const message = `There are ${MAX_ENDPOINTS} endpoints. Delete one first.`;
    return knownOr(() => earlier(deps, keyed), new AppError('INVALID_STATE', { message }));
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
  const written = await deps.endpoints.insert(endpoint, endpointCreated(deps, endpoint), keyed);
  if (written.kind === 'written') return { endpoint, secret, replayed: false };
  return { endpoint: await existing(deps, written.resource), replayed: true };
}

/** What an earlier request with this key made. @throws AppError NOT_FOUND it was deleted since */
export async function earlier(deps: EndpointDeps, keyed: KeyedRequest): Promise<NewSecret | undefined> {
  const id = await deps.endpoints.recall(keyed, deps.now());
  return id && { endpoint: await existing(deps, id), replayed: true };
}

/** @throws AppError NOT_FOUND */
export async function existing({ endpoints }: Pick<EndpointDeps, 'endpoints'>, id: string): Promise<Endpoint> {
  const endpointId = endpointIdOf(id);
  const found = endpointId && (await endpoints.read(endpointId));
  return orNotFound(found, `There is no webhook endpoint ${id}.`);
}

/** @throws AppError VALIDATION_ERROR no call may go there */
export function refuseUrl({ allowLocal }: Pick<EndpointDeps, 'allowLocal'>, url: string): void {
  const reason = problemWithUrl(url, { allowLocal });
  if (reason !== undefined) throw new AppError('VALIDATION_ERROR', { details: [{ path: 'url', reason }] });
}
