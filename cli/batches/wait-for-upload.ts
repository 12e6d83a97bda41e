import { writeFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { isSluiceError, type Sluice, SluiceConnectionError, type Upload } from '../../client/index.ts';
import { Unexpected } from '../../scripts/endpoints.ts';
import type { Cli } from '../action.ts';

export type WaitOptions = { readonly paid?: boolean };

const READ: readonly Upload['status'][] = ['awaiting_upload', 'checking', 'storing'];
const UNDER_WAY: readonly Upload['status'][] = [...READ, 'in_progress', 'stopping', 'cancelling'];
/** Not all of the file was or will be paid. */
const UNPAID: readonly Upload['status'][] = ['refused', 'rejected', 'cancelled', 'failed', 'partially_completed'];
const POLL_MS = 500;
const REJECTED_SHOWN = 5;

/** Waits until a file is stored or paid, and shows the result. */
export async function waitForUpload(cli: Cli, options: WaitOptions, id: string): Promise<void> {
  const api = cli.api();
  const upload = await ended(cli, options, id);
  const rejected = upload.rejected_url === undefined ? [] : await rejectedRows(api, id);
  cli.print(upload, [uploadText(upload), ...rejected].join('\n'), [id]);
  if (UNPAID.includes(upload.status)) process.exitCode = 1;
}

export const waitAgain = (id: string, { paid }: WaitOptions) =>
  `To wait for it again: npx sluice batches wait ${id}${paid ? ' --paid' : ''}`;

async function ended(cli: Cli, options: WaitOptions, id: string): Promise<Upload> {
  const { uploads } = cli.api();
  const awaited = options.paid ? UNDER_WAY : READ;
  const bar = cli.bar();
  cli.leaveOnInterrupt(`The service continues without this command. ${waitAgain(id, options)}`);
  const isAwaited = ({ status }: Upload) => awaited.includes(status);
  const onProgress = (upload: Upload) => isAwaited(upload) && bar?.show(stageOf(upload), percentOf(upload));
  const waiting = { timeoutMs: Number.POSITIVE_INFINITY, pollMs: POLL_MS, onProgress };
  try {
    return await uploads.waitFor(id, waiting, (upload) => !isAwaited(upload));
  } catch (error) {
    const isAway = error instanceof SluiceConnectionError || (isSluiceError(error) && error.status >= 500);
    if (isAway) throw new Unexpected(`${error.message} ${waitAgain(id, options)}`);
    throw error;
  } finally {
    bar?.stop();
  }
}

const stageOf = ({ status }: Upload) => (status === 'in_progress' ? 'paying' : status.replaceAll('_', ' '));

function percentOf({ status, progress, batches }: Upload): number {
  if (READ.includes(status)) return progress;
  const sum = (of: (batch: Upload['batches'][number]) => number) => batches.reduce((all, batch) => all + of(batch), 0);
  return (
    (100 * sum((batch) => batch.chunks_done)) /
    Math.max(
      1,
      sum((batch) => batch.chunk_count),
    )
  );
}

export function uploadText(all: Upload): string {
  const { upload_id: id, status, rows, stored, duplicates, rejected, ...upload } = all;
  const { batches, counts, open, approval_id, error } = upload;
  const ends = Object.entries(counts).filter(([, many]) => many > 0);
  return [
    `${id}  ${status}`,
    `${rows} rows: ${stored} stored in ${batches.length} batches, ${duplicates} duplicates, ${rejected} not valid`,
    ...(ends.length > 0
      ? [`Payouts: ${[...ends, ['open', open]].map(([of, many]) => `${many} ${of}`).join(', ')}`]
      : []),
    ...(approval_id && status === 'awaiting_approval' ? [`It waits for the approval ${approval_id}.`] : []),
    ...(error ? [error] : []),
    ...(status === 'refused' ? ['Nothing of the file was or will be paid.'] : []),
  ].join('\n');
}

/** The first rows that are not valid. A file, which only its owner can read, gets all of them: they have accounts. */
async function rejectedRows({ uploads }: Sluice, id: string): Promise<string[]> {
  const file = `${id}-rejected.csv`;
  const shown: string[] = [];
  for (let line = 0, isRest = true; isRest; ) {
    const csv = await uploads.rejectedCsv(id, line);
    const rows: { line: string; reasons: string }[] = parse(csv, { columns: true });
    const isFirst = line === 0;
    writeFileSync(file, isFirst ? csv : csv.slice(csv.indexOf('\n') + 1), { flag: isFirst ? 'w' : 'a', mode: 0o600 });
    shown.push(...rows.slice(0, REJECTED_SHOWN - shown.length).map((row) => `line ${row.line}: ${row.reasons}`));
    isRest = rows.length > 0;
    line = Number(rows.at(-1)?.line);
  }
  return [...shown, `All rows that are not valid: ${file}`];
}
