import { AppError, invariant, orNotFound } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import { type NewSecret, refuseUrl } from './create-endpoint.ts';
import {
  type DisableReason,
  type Endpoint,
  type EndpointId,
  type EndpointSettings,
  endpointIdOf,
  withSecret,
  withSettings,
} from './endpoint.ts';
import { endpointChanged, endpointDeleted, endpointDisabled, secretRotated } from './endpoint-events.ts';
import type { EndpointDeps } from './ports.ts';
import { wakeOf } from './store-deliveries.ts';

/** @throws AppError NOT_FOUND also if it was deleted */
export async function existing({ endpoints }: Pick<EndpointDeps, 'endpoints'>, id: string): Promise<Endpoint> {
  const endpointId = endpointIdOf(id);
  const found = endpointId && (await endpoints.read(endpointId));
  return orNotFound(found && found.deletedAt === undefined ? found : undefined, `There is no webhook endpoint ${id}.`);
}

/**
 * Changes what the request names. If it is enabled again, everything that waited is due at once.
 * @throws AppError NOT_FOUND, VALIDATION_ERROR
 */
export async function changeEndpoint(
  deps: EndpointDeps,
  id: string,
  request: Partial<EndpointSettings>,
): Promise<Endpoint> {
  if (request.url !== undefined) refuseUrl(deps, request.url);
  const { after } = await retryWhileContended(deps, async () => {
    const before = await existing(deps, id);
    const after = withSettings(before, request, deps.now());
    if (after === undefined) return { after: before };
    const written = await deps.endpoints.replace({ before, after, event: endpointChanged(deps, after) });
    return written && { after };
  });
  if (request.enabled) await wake(deps, after.id); // also if it was enabled: the first answer may have been lost before this
  return after;
}

async function wake({ turns, queue }: EndpointDeps, endpointId: EndpointId): Promise<void> {
  await turns.reset(endpointId);
  await queue.send([wakeOf(endpointId)]);
}

/** Nothing more is sent to it. What waits for it is never sent. @throws AppError NOT_FOUND */
export async function deleteEndpoint(deps: EndpointDeps, id: string): Promise<void> {
  await retryWhileContended(deps, async () => {
    const before = await existing(deps, id);
    const deletedAt = new Date(deps.now()).toISOString();
    const after = { ...before, enabled: false, secrets: [], deletedAt, version: before.version + 1 };
    return deps.endpoints.replace({ before, after, event: endpointDeleted(deps, after) });
  });
}

/**
 * Gives it a new secret. All that sign now sign until the overlap ends, or earlier if they had an end.
 * @throws AppError NOT_FOUND, IDEMPOTENCY_MISMATCH; INVALID_STATE too many secrets sign
 */
export async function rotateSecret(
  deps: EndpointDeps,
  id: string,
  request: { readonly overlapMs: number },
  idempotencyKey: IdempotencyKey,
): Promise<NewSecret> {
  const secret = deps.newSecret();
  const keyed = { scope: `rotate-webhook:${id}`, key: idempotencyKey, request };
  return retryWhileContended<NewSecret>(deps, async () => {
    const before = await existing(deps, id);
    const now = deps.now();
    const until = now + request.overlapMs;
    const after = withSecret(before, secret, now, until);
    if (after === undefined) {
      const message = 'Five secrets sign. Wait until one ends, or rotate without an overlap.';
      throw new AppError('INVALID_STATE', { message });
    }
    const event = secretRotated(deps, after, until);
    const written = await deps.endpoints.replace({ before, after, event }, keyed);
    if (written?.kind !== 'known') return written && { endpoint: after, secret, replayed: false };
    const current = await deps.endpoints.read(before.id);
    invariant(current, 'an endpoint stays stored when it is deleted');
    return { endpoint: current, replayed: true };
  });
}

/** The service disables it: its deliveries wait until a person enables it. */
export async function disableEndpoint(
  deps: Omit<EndpointDeps, 'turns'>,
  id: EndpointId,
  reason: DisableReason,
): Promise<void> {
  await retryWhileContended(deps, async () => {
    const before = await deps.endpoints.read(id);
    if (!before?.enabled) return {};
    const after = { ...before, enabled: false, disabledFor: reason, version: before.version + 1 };
    return deps.endpoints.replace({ before, after, event: endpointDisabled(deps, after, reason) });
  });
}
