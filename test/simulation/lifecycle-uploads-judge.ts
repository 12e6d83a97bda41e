import { approvalOfItem } from '../../lib/access/dynamo-approval-items.ts';
import { type Import, uploadKey } from '../../lib/imports/import.ts';
import { importOf } from '../../lib/imports/items.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import { workOf } from '../../lib/uploads/upload.ts';
import { differencesInUpload } from '../../scripts/verify/uploads-checks.ts';
import { isRefused, nameOfFile } from './lifecycle-files.ts';
import { type KnownUpload, knowledgeOf } from './lifecycle-knowledge.ts';
import type { SimulatedWorld } from './world.ts';

/** @param batches all that are stored */
export async function judgeUploads(
  world: SimulatedWorld,
  batches: readonly Batch[],
  payouts: readonly Payout[],
  isOver: boolean,
): Promise<void> {
  const { uploads } = knowledgeOf(world);
  const items = await world.items('ACCESS_TABLE');
  const approvals = items.filter(({ sk }) => sk === 'APPROVAL').map(approvalOfItem);
  const imports = (await world.items('TRANSACTIONS_TABLE')).filter(({ sk }) => sk === 'IMPORT').map(importOf);
  for (const one of imports) {
    const known = uploads.get(one.id);
    const own = batches.filter(({ upload }) => upload === one.id);
    const { approval: need } = workOf(one);
    const approval = approvals.find(({ id }) => id === need?.id);
    // A file that is stored again is deleted when S3 has notified of it.
    const hasFile = isOver && known?.isNotified === true && world.bucket.read(uploadKey(one.id)) !== undefined;
    for (const { message } of differencesInUpload({ one, batches: own, approval, hasFile })) world.find(message);
    if (isOver && known) judgeRows(world, known, one, payouts);
  }
}

/** All rows of one of the files are stored, once, and of no other file; or nothing is sent. */
function judgeRows({ find }: SimulatedWorld, { id, asked }: KnownUpload, one: Import, payouts: readonly Payout[]) {
  const { status, checkpoint } = one;
  if (status !== 'COMPLETED' && status !== 'FAILED') find(`the upload ${id} is still ${status}`);
  if (status !== 'COMPLETED') return;
  const own = payouts.filter((payout) => payout.id.startsWith(`${id}-`));
  const names = new Set(own.map(({ payee }) => payee.name));
  if (names.size > 1) find(`${id} has payouts of ${[...names].join(' and ')}`);
  const file = asked.files.find((_, index) => names.has(nameOfFile(index + 1)));
  const { rows, stored, unchanged, rejected } = checkpoint;
  if (own.length !== stored) find(`${id} has ${own.length} payouts, and ${stored} were stored`);
  if (!file) return;
  if (isRefused(asked, file)) find(`${id} is stored, and has rows that are not valid`);
  const invalid = file.rows.filter((row) => !row).length;
  if (rows !== file.rows.length || rejected !== invalid || stored + unchanged + rejected !== rows) {
    find(`${id}: ${stored} + ${unchanged} + ${rejected} of ${file.rows.length} rows, ${invalid} of them not valid`);
  }
}
