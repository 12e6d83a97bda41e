import type { CloudEvent } from './cloud-event.ts';
import type { AuditDeps } from './ports.ts';

/** Appends an event to the audit log once, also if it is delivered again. */
export async function appendAudit(
  { audit }: Pick<AuditDeps, 'audit'>,
  event: CloudEvent,
): Promise<'appended' | 'known'> {
  return (await audit.append(event)) ? 'appended' : 'known';
}
