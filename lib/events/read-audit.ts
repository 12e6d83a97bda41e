import { addDays, type Day } from '../kernel/day.ts';
import type { Page } from '../kernel/page.ts';
import { positionOf } from './audit.ts';
import { type AuditParameters, type AuditRequest, auditCursor, auditRequestOf } from './audit-request.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { AuditDeps } from './ports.ts';

/** One page of the log, oldest first. @throws AppError VALIDATION_ERROR about the range or the cursor */
export async function readAudit(
  deps: AuditDeps,
  { limit, ...parameters }: AuditParameters & { readonly limit: number },
): Promise<Page<CloudEvent>> {
  const request = auditRequestOf(deps, parameters);
  const found = await read(deps, request, limit + 1); // one more than the page has, to know whether there is a next page
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: last && found.length > limit ? auditCursor(request, positionOf(last)) : undefined };
}

async function read(
  { audit }: Pick<AuditDeps, 'audit'>,
  { range, subject }: AuditRequest,
  limit: number,
): Promise<CloudEvent[]> {
  if (subject !== undefined) return audit.ofSubject(subject, range, limit);
  const events: CloudEvent[] = [];
  const dayOf = (position: string) => position.slice(0, 10) as Day;
  for (let day = dayOf(range.after ?? range.from); day <= dayOf(range.to); day = addDays(day, 1)) {
    events.push(...(await audit.ofDay(day, range, limit - events.length)));
    if (events.length === limit) break;
  }
  return events;
}
