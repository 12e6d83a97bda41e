import { range } from 'es-toolkit';
import { approvalOfItem, policyOfItem } from '../../lib/access/dynamo-approval-items.ts';
import { keyOf, secretOwnerOf } from '../../lib/access/items.ts';
import { LOCAL_KEY_ID } from '../../lib/access/key.ts';
import type { EventType } from '../../lib/events/schemas.ts';
import type { Item } from './difference.ts';
import { ALWAYS, eventId, type Fact, type Facts, factOf, NONE } from './fact.ts';

/** Each version of a key has an event. The key of `npm start` is made without one, and again for another secret. */
export function factsInKey(item: Item): Facts {
  const { id, version, revokedAt } = keyOf(item);
  if (id === LOCAL_KEY_ID) return NONE;
  const of = (type: EventType, number: number) => eventId(type, `${id}:${number}`);
  const fact = { subject: id, since: ALWAYS };
  const changes = revokedAt === undefined ? version - 1 : version - 2;
  return {
    facts: [
      { ...fact, id: of('key.created', 1) },
      ...range(2, changes + 2).map((number) => {
        return { ...fact, id: of('key.changed', number), or: [of('key.rotated', number)] };
      }),
      ...(revokedAt === undefined ? [] : [{ ...fact, id: of('key.revoked', version) }]),
    ],
  };
}

/** A session that was closed has no item. */
export function factsInSecret(item: Item): Facts {
  const { session } = secretOwnerOf(item);
  if (!session) return NONE;
  const opened = { id: eventId('session.opened', session.id), subject: session.id, since: ALWAYS };
  return { facts: [opened], never: [eventId('session.closed', session.id)] };
}

/** Each decision has an event; an approval that lapsed has one more. */
export function factsInApproval(item: Item): Facts {
  const { id, status, decisions, createdAt, endedAt = createdAt } = approvalOfItem(item);
  const facts = decisions.map(({ verdict, at }, index): Fact => {
    const type = verdict === 'approve' ? 'approval.approved' : 'approval.rejected';
    return { id: eventId(type, `${id}.${index + 1}`), subject: id, since: Date.parse(at) };
  });
  const ended = status === 'lapsed' || status === 'cancelled' ? [factOf(`approval.${status}`, id, endedAt)] : [];
  return { facts: [factOf('approval.requested', id, createdAt), ...facts, ...ended] };
}

export function factsInPolicy(item: Item): Facts {
  const { version, changedAt } = policyOfItem(item);
  if (changedAt === undefined) return NONE;
  const id = eventId('policy.changed', `approvals.${version}`);
  return { facts: [{ id, subject: 'approvals', since: Date.parse(changedAt) }] };
}
