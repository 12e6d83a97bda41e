import type { FieldPlace } from '../crypto/index.ts';
import { existing, type Import, type ImportId, WrongRow } from '../imports/index.ts';
import { orNotFound } from '../kernel/errors.ts';
import { ExactNumber } from '../kernel/exact-json.ts';
import { fieldsOf, type RejectedRow, rejectedCsv, rowsOfText, rowsToText } from '../payouts/index.ts';
import type { UploadDeps } from './ports.ts';

/*
 * Rows that are not valid are kept as they were sent, so they have accounts. Each part of them is an object of the bucket,
 * encrypted with the data key of the payouts. Its key ends with the line of its last row.
 */

const PART_CHARACTERS = 500_000;
/** Of the encrypted parts in an answer. Its JSON has at most twice as many bytes: Lambda takes 6 MB. */
const ANSWER_CHARACTERS = 2_000_000;

export const rejectedPrefix = (id: ImportId) => `imports/${id}/rejected-rows/`;
const partKey = (id: ImportId, line: number) => rejectedPrefix(id) + String(line).padStart(12, '0');
const placeOf = (key: string): FieldPlace => ({ pk: key, sk: 'REJECTED', attribute: 'rejected' });

/** The row as the file has it. The fields of a CSV are text. */
export function givenRow({ format }: Pick<Import, 'format'>, row: unknown): unknown {
  if (row instanceof WrongRow) return row.given;
  if (format !== 'csv') return row;
  const fields = Object.entries(row as object);
  return Object.fromEntries(fields.map(([name, value]) => [name, value instanceof ExactNumber ? value.text : value]));
}

/** Stores the rejected rows of a window. Repeatable. */
export async function keepRejected(
  { files, secrets }: Pick<UploadDeps, 'files' | 'secrets'>,
  id: ImportId,
  rows: readonly RejectedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const sealer = await secrets.sealer('payouts');
  let part: RejectedRow[] = [];
  let characters = 0;
  for (const [index, row] of rows.entries()) {
    part.push(row);
    characters += rowsToText([row]).length;
    if (characters < PART_CHARACTERS && index < rows.length - 1) continue;
    const key = partKey(id, row.position);
    await files.put(key, sealer.seal(rowsToText(part), placeOf(key)), 'text/plain');
    part = [];
    characters = 0;
  }
}

/**
 * Some rows that are not valid, ready to be corrected and uploaded again.
 * @param afterLine the last line of the answer before
 * @returns only the header after the last row @throws AppError NOT_FOUND no row was rejected, or not yet
 */
export async function readRejected(deps: UploadDeps, id: ImportId, afterLine: number): Promise<string> {
  const { report, format } = await existing(deps, id);
  orNotFound(report, 'The upload has no rejected rows.');
  const opener = await deps.secrets.opener('payouts');
  const rows: RejectedRow[] = [];
  let characters = 0;
  for await (const key of deps.files.list(rejectedPrefix(id), partKey(id, afterLine))) {
    const part = opener.open(`${await deps.files.read(key)}`, placeOf(key));
    rows.push(...rowsOfText(part).filter(({ position }) => position > afterLine));
    characters += part.length;
    if (characters >= ANSWER_CHARACTERS) break;
  }
  const lists = format === 'csv' ? ['payouts'] : ['payouts', 'items'];
  return rejectedCsv(rows, { columns: [...new Set(lists.flatMap(fieldsOf))], hasLines: true });
}
