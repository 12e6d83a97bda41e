import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { ImportId } from '../imports/index.ts';
import type { UploadWork } from './upload.ts';

/** A request to start or stop all batches of an upload. Their own events follow. */
export function uploadRequested(deps: EventDeps, id: ImportId, { wanted, requests }: UploadWork): DomainEvent {
  const data = { upload_id: id, wanted, request: requests };
  return eventOf(deps, {
    type: 'upload.requested',
    source: '/sluice/payouts',
    subject: id,
    fact: `${id}:${requests}`,
    data,
  });
}
