import { z } from 'zod';
import { audit } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { pageSize } from '../../lib/edge/paging.ts';
import { auditParameters, auditRequestOf } from '../../lib/events/audit-request.ts';
import { readAudit } from '../../lib/events/read-audit.ts';

const query = z.object({ ...auditParameters, limit: pageSize });

/** GET /audit?from=&to=&subject=&limit=&cursor= : oldest first */
export const handler = http({ query }, async ({ query: { limit, ...parameters } }) => {
  const { items: events, cursor } = await readAudit(audit(), auditRequestOf(audit(), parameters), limit);
  return { status: 200, body: { events, next_cursor: cursor ?? null } };
});
