import { AppError } from '../kernel/errors.ts';
import { type IdempotencyKey, knownOr } from '../kernel/idempotency.ts';
import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import { earlier, existing, type NewSecret, refuseUrl } from './create-endpoint.ts';
import {
  type DisableReason,
  type Endpoint,
  type EndpointId,
  type EndpointSettings,
  withSecret,
  withSettings,
} from './endpoint.ts';
import { endpointChanged, endpointDeleted, endpointDisabled, secretRotated } from './endpoint-events.ts';
import type { EndpointDeps } from './ports.ts';
import { wakeOf } from './store-deliveries.ts';

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
    return (await deps.endpoints.remove({ before, after, event: endpointDeleted(deps, after) })) ? {} : undefined;
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
  const rotate = () =>
    retryWhileContended<NewSecret>(deps, async () => {
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
      return { endpoint: await existing(deps, id), replayed: true };
    });
  return rotate().catch((refusal) => knownOr(() => earlier(deps, keyed), refusal));
}

/**
 * The service disables it: its deliveries wait until a person enables it.
 * @param called as it was when the call was made: if it has another URL by now, the answer says nothing about that one
 */
export async function disableEndpoint(
  deps: Omit<EndpointDeps, 'turns'>,
  called: Endpoint,
  reason: DisableReason,
): Promise<void> {
  await retryWhileContended(deps, async () => {
    const before = await deps.endpoints.read(called.id);
    if (!before?.enabled || before.url !== called.url) return {};
    const after = { ...before, enabled: false, disabledFor: reason, version: before.version + 1 };
    return deps.endpoints.replace({ before, after, event: endpointDisabled(deps, after, reason) });
  });
}
