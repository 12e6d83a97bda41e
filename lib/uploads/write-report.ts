import type { Import } from '../imports/index.ts';
import { joined } from '../imports/index.ts';
import { readAllPayouts, reportCsv } from '../payouts/index.ts';
import type { UploadDeps } from './ports.ts';
import { batchIdsOf } from './upload.ts';

/**
 * Writes a line for each payout of the upload. Each batch is a part, which is not written again when another message
 * continues; then the parts are joined.
 * @returns false if the time is over before the parts are written
 */
export async function writeReport(deps: UploadDeps, one: Import, key: string, until: number): Promise<boolean> {
  const prefix = `${key}.parts/`;
  const written = new Set<string>();
  for await (const part of deps.files.list(prefix)) written.add(part);
  for (const id of batchIdsOf(one)) {
    const part = `${prefix}${id}`;
    if (written.has(part)) continue;
    if (deps.now() > until) return false;
    const whole = await readAllPayouts(deps.payouts, id);
    await deps.files.put(part, reportCsv(whole, { header: false }), 'text/csv');
  }
  await deps.files.write(key, joined(deps.files, reportCsv({ payouts: [], duplicates: [] }), prefix), 'text/csv');
  return true;
}
