import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { ExactNumber, parseExact } from '../kernel/exact-json.ts';
import { type FileRecord, type ReadRecords, type RowShape, UnreadableFile, WrongRow } from './ports.ts';

type From = Parameters<ReadRecords>[2];

/** CSV (RFC 4180, with a header) and JSON Lines, in UTF-8. */
export const readRecords: ReadRecords = (format, content, from, shape) =>
  format === 'csv' ? readCsv(content, from, shape) : readJsonLines(content, from, shape);

async function* readCsv(content: AsyncIterable<Uint8Array>, from: From, shape: RowShape): AsyncGenerator<FileRecord> {
  const parser = parse({
    bom: from.offset === 0,
    info: true,
    record_delimiter: ['\r\n', '\n'], // the default is the first one that it finds
    skip_empty_lines: true,
    relax_column_count: true, // a row with too few or too many fields is rejected alone
    max_record_size: shape.maxRecordBytes,
  });
  const source = Readable.from(content, { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  let columns = from.columns;
  let line = from.line;
  let blank = 0;
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<CsvRecord>) {
      const begins = line + 1 + info.empty_lines - blank;
      line = from.line + info.lines;
      blank = info.empty_lines;
      if (columns === undefined) {
        columns = headerOf(record, shape);
        continue;
      }
      const next = { offset: from.offset + info.bytes, line };
      yield { line: begins, next, columns, row: rowOf(columns, record, shape) };
    }
  } catch (error) {
    const { code, message, lines = 0 } = error as Error & { code?: string; lines?: number };
    if (!code?.startsWith('CSV_')) throw error;
    throw new UnreadableFile(
      `At line ${from.line + lines} the file is no longer CSV: ${message.replace(/ (at|on) line.*$/, '')}.`,
    );
  } finally {
    source.destroy();
  }
  if (columns === undefined) throw new UnreadableFile('The file is empty: its first line must name its columns.');
}

type CsvRecord = { record: string[]; info: { bytes: number; lines: number; empty_lines: number } };

function headerOf(record: string[], { required, optional = [], ignored = [] }: RowShape): string[] {
  const columns = record.map((name) => name.trim());
  const missing = required.filter((field) => !columns.includes(field));
  const unknown = columns.filter((name) => ![...required, ...optional, ...ignored].includes(name));
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index);
  const wrong = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`has the unknown ${unknown.map((name) => JSON.stringify(name)).join(', ')}`] : []),
    ...(twice.length > 0 ? [`has ${twice.join(', ')} twice`] : []),
  ];
  if (wrong.length > 0) {
    const names = `${required.join(', ')}${optional.length > 0 ? ` (and may name ${optional.join(', ')})` : ''}`;
    throw new UnreadableFile(`The first line must name the columns ${names}; it ${wrong.join(' and ')}.`);
  }
  return columns;
}

/** The row as parsed JSON. */
function rowOf(
  columns: readonly string[],
  record: string[],
  { numbers, optional = [], lists = [], ignored = [] }: RowShape,
): unknown {
  if (record.length !== columns.length) {
    return new WrongRow(`has ${record.length} fields instead of ${columns.length}`, record);
  }
  return Object.fromEntries(
    columns.flatMap((name, index): [string, unknown][] => {
      const text = record[index]?.trim() ?? '';
      if (ignored.includes(name) || (text === '' && optional.includes(name))) return [];
      if (lists.includes(name)) return [[name, text.split(/[;\s]+/).filter((part) => part !== '')]];
      return [[name, numbers.includes(name) ? new ExactNumber(text) : text]];
    }),
  );
}

async function* readJsonLines(
  content: AsyncIterable<Uint8Array>,
  from: From,
  { maxRecordBytes }: RowShape,
): AsyncGenerator<FileRecord> {
  let { offset, line } = from;
  for await (const bytes of lines(content, maxRecordBytes)) {
    line += 1;
    offset += bytes.length;
    const text = bytes
      .toString()
      .replace(line === 1 ? /^\uFEFF/ : /^/, '')
      .trim();
    if (text === '') continue;
    yield { line, next: { offset, line }, row: jsonRow(text) };
  }
}

function jsonRow(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return new WrongRow('is not JSON', text);
  }
}

/** Lines as bytes, with their line ends: offsets in the file count bytes. */
async function* lines(content: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const bytes of content) {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let begin = 0;
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, begin)) {
      yield all.subarray(begin, end + 1);
      begin = end + 1;
    }
    rest = all.subarray(begin);
    if (rest.length > maxBytes) throw new UnreadableFile(`A line is longer than ${maxBytes} bytes.`);
  }
  if (rest.length > 0) yield rest;
}
