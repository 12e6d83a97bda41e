import { addDays, type Day } from '../kernel/day.ts';
import type { Page } from '../kernel/page.ts';
import { type Position, positionOf, type TimeRange } from './audit.ts';
import { type AuditParameters, type AuditRequest, auditCursor, auditRequestOf } from './audit-request.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { AuditDeps, EventKey } from './ports.ts';

type Wanted = Omit<AuditParameters, 'subject'> & { readonly limit: number };

/** One page of the log, oldest first. @throws AppError VALIDATION_ERROR about the range or the cursor */
export function readAudit(
  deps: AuditDeps,
  wanted: AuditParameters & { readonly limit: number },
): Promise<Page<CloudEvent>> {
  const { audit } = deps;
  const read = ({ range, subject }: AuditRequest, limit: number) =>
    subject === undefined
      ? dayByDay(range, limit, (day, most) => audit.ofDay(day, range, most))
      : audit.ofSubject(subject, range, limit);
  return pageOf(deps, wanted, read, positionOf);
}

/** The keys of the same page, also of events that are unreadable. @throws AppError VALIDATION_ERROR */
export function readAuditKeys(deps: AuditDeps, wanted: Wanted): Promise<Page<EventKey>> {
  const read = ({ range }: AuditRequest, limit: number) =>
    dayByDay(range, limit, (day, most) => deps.audit.keysOfDay(day, range, most));
  return pageOf(deps, wanted, read, ({ position }) => position);
}

async function pageOf<Item>(
  deps: Pick<AuditDeps, 'now'>,
  { limit, ...parameters }: AuditParameters & { readonly limit: number },
  read: (request: AuditRequest, limit: number) => Promise<Item[]>,
  positionIn: (item: Item) => Position,
): Promise<Page<Item>> {
  const request = auditRequestOf(deps, parameters);
  const found = await read(request, limit + 1); // one more than the page has, to know whether there is a next page
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: last && found.length > limit ? auditCursor(request, positionIn(last)) : undefined };
}

async function dayByDay<Item>(
  range: TimeRange,
  limit: number,
  read: (day: Day, limit: number) => Promise<Item[]>,
): Promise<Item[]> {
  const items: Item[] = [];
  const dayOf = (position: string) => position.slice(0, 10) as Day;
  for (let day = dayOf(range.after ?? range.from); day <= dayOf(range.to); day = addDays(day, 1)) {
    items.push(...(await read(day, limit - items.length)));
    if (items.length === limit) break;
  }
  return items;
}
