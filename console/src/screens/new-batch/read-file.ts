import Papa from 'papaparse';

/** A cell of a CSV file, or a field of an entry in JSON, whose numbers are texts with all of their digits. */
export type Cell = unknown;
export type Row = Readonly<Record<string, Cell>>;

export type Table = {
  /** Of the file. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
};

/** The user can correct what is wrong with the file. */
export class UnreadableFile extends Error {}

// ECMAScript's "JSON.parse source text access", which TypeScript's library does not declare yet.
type SourceReviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const parseExactly = JSON.parse as (text: string, reviver: SourceReviver) => unknown;
const numbersAsText: SourceReviver = (_key, value, { source }) => (typeof value === 'number' ? source : value);

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A CSV file with a heading, a list in JSON, a request of POST /batches, or JSON Lines. @throws UnreadableFile */
export async function readTable(file: File): Promise<Table> {
  const text = (await file.text()).replace(/^\uFEFF/, '');
  const rows = /^\s*[[{]/.test(text) ? rowsOfJson(text) : rowsOfCsv(text);
  if (rows.length === 0) throw new UnreadableFile('The file has no rows.');
  return { name: file.name, columns: [...new Set(rows.flatMap(Object.keys))], rows };
}

function rowsOfCsv(text: string): Row[] {
  const { data, errors } = Papa.parse<Row>(text, { header: true, skipEmptyLines: 'greedy' });
  const [error] = errors.filter(({ code }) => code !== 'UndetectableDelimiter');
  if (error) throw new UnreadableFile(`Row ${(error.row ?? 0) + 1}: ${error.message}.`);
  return data;
}

function rowsOfJson(text: string): Row[] {
  const content = jsonOf(text);
  const { payouts, items } = isRow(content) ? content : {};
  const rows = payouts ?? items ?? (Array.isArray(content) ? content : [content]);
  if (Array.isArray(rows) && rows.every(isRow)) return rows;
  throw new UnreadableFile('It must be a list of objects, or an object with the list "payouts" or "items".');
}

function jsonOf(text: string): unknown {
  try {
    return parseExactly(text, numbersAsText);
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2 || !lines.every((line) => line.trimStart().startsWith('{'))) {
      throw new UnreadableFile(`It is no valid JSON: ${(error as Error).message}`);
    }
    return lines.map((line, index) => lineOf(line, index + 1));
  }
}

function lineOf(line: string, number: number): unknown {
  try {
    return parseExactly(line, numbersAsText);
  } catch (error) {
    throw new UnreadableFile(`Line ${number} is no valid JSON: ${(error as Error).message}`);
  }
}
