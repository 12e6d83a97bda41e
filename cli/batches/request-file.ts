import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type BatchRequest, ExactDecimal, type VendorPayout } from '../../client/index.ts';
import { BadInput } from '../../scripts/endpoints.ts';

/** As in the files that `batches upload` takes (docs/payouts.md). */
const COLUMNS = ['vendor_id', 'vendor_name', 'external_id', 'amount', 'currency', 'bank_account', 'bank_name'] as const;
const LIST = 'transaction_ids';

type Source = { readonly source?: string };
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, source: Source) => unknown,
) => unknown;

/**
 * The request in a file: JSON is a request or an array of payouts, CSV has a line for each payout. The service validates it.
 * @throws BadInput if the file cannot be read, or has another format
 */
export function batchRequestIn(path: string): BatchRequest {
  const format = extname(path).toLowerCase();
  if (format === '.json') return ofJson(path, contentOf(path));
  if (format === '.csv') return { payouts: ofCsv(path, contentOf(path)) };
  throw new BadInput(`${path}: the name must end in .json or .csv`);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new BadInput(`${path} cannot be read: ${isMissing ? 'there is no such file' : (error as Error).message}`);
  }
}

function ofJson(path: string, content: string): BatchRequest {
  let request: unknown;
  try {
    request = parseWithSource(content, exactly);
  } catch (error) {
    throw new BadInput(`${path} is not JSON: ${(error as Error).message}`);
  }
  if (typeof request !== 'object' || request === null) throw new BadInput(`${path} is not a request.`);
  return (Array.isArray(request) ? { payouts: request } : request) as BatchRequest;
}

/** The digits of the file are sent, not those of the nearest float. */
function exactly(_key: string, value: unknown, { source }: Source): unknown {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return DECIMAL.test(source) ? new ExactDecimal(source) : value;
}

const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;

function ofCsv(path: string, content: string): VendorPayout[] {
  const [head = [], ...rows] = rowsOf(path, content);
  const unknown = head.filter((name) => name !== LIST && !(COLUMNS as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new BadInput(
      `${path} has unknown columns: ${unknown.join(', ')}. The columns are ${[...COLUMNS, LIST].join(', ')}.`,
    );
  }
  return rows.map((row, index) => {
    const given = head.flatMap((name, column) => (row[column] ? [[name, row[column]] as const] : []));
    return Object.fromEntries(
      given.map(([name, cell]) => [name, cellValue(name, cell, `${path}, row ${index + 1}`)]),
    ) as never;
  });
}

function rowsOf(path: string, content: string): string[][] {
  try {
    return parse(content, { bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new BadInput(`${path} is not CSV: ${(error as Error).message}`);
  }
}

function cellValue(name: string, cell: string, where: string): unknown {
  if (name === LIST) return cell.split(';').filter((id) => id !== '');
  if (name !== 'amount') return cell;
  if (DECIMAL.test(cell)) return new ExactDecimal(cell);
  throw new BadInput(`${where}: ${cell} is not an amount such as 1500.50`);
}
