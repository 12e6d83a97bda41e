import { ExactDecimal } from '../../../../client/index.ts';
import type { Cell, Row } from './read-file.ts';

type Field = {
  readonly name: string;
  readonly isRequired: boolean;
  /** Other names of the column, in small letters and digits. */
  readonly aliases: readonly string[];
};
const required = (name: string, ...aliases: string[]): Field => ({ name, aliases, isRequired: true });
const optional = (name: string, ...aliases: string[]): Field => ({ name, aliases, isRequired: false });

/** The fields of an entry, by the list of the request that takes it. */
export const FIELDS = {
  payouts: [
    required('vendor_id', 'vendor', 'payeeid', 'supplierid', 'merchantid'),
    required('vendor_name', 'name', 'payee', 'payeename', 'beneficiary', 'beneficiaryname', 'supplier'),
    required('amount', 'total', 'sum', 'value'),
    required('currency', 'ccy', 'currencycode'),
    required('bank_account', 'account', 'accountnumber', 'accountno', 'iban', 'bankaccountnumber'),
    required('bank_name', 'bank'),
    optional('external_id', 'reference', 'ref', 'payoutid', 'invoice', 'invoiceid'),
    optional('transaction_ids', 'transactions', 'transactionid', 'sales'),
  ],
  items: [
    required('external_id', 'reference', 'ref', 'payoutid', 'id'),
    required('user_id', 'user', 'customerid', 'payeeid'),
    required('amount_cents', 'cents', 'amountminor'),
    required('pix_key', 'pix', 'key'),
  ],
} as const satisfies Record<string, readonly Field[]>;
export type Kind = keyof typeof FIELDS;

/** The column of each field; undefined: the file has none. */
export type Mapping = Readonly<Record<string, string | undefined>>;

const normal = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

export const guessKind = (columns: readonly string[]): Kind =>
  columns.some((column) => normal(column).startsWith('pix')) ? 'items' : 'payouts';

/** Columns whose names are those of fields, or usual names of them. No column is used twice. */
export function guessMapping(kind: Kind, columns: readonly string[]): Mapping {
  const free = new Set(columns);
  const take = (names: readonly string[]) => {
    const column = [...free].find((each) => names.includes(normal(each)));
    if (column !== undefined) free.delete(column);
    return column;
  };
  const exact = FIELDS[kind].map(({ name }) => [name, take([normal(name)])] as const);
  const mapping = Object.fromEntries(exact);
  for (const { name, aliases } of FIELDS[kind]) mapping[name] ??= take(aliases);
  return mapping;
}

/**
 * The entry of a row. What cannot be an amount is sent as text, so that the service refuses it with its reason: only the
 * service decides what is valid.
 */
export function entryOf(kind: Kind, mapping: Mapping, row: Row): Record<string, unknown> {
  const given = FIELDS[kind].flatMap(({ name }) => {
    const column = mapping[name];
    const cell = column === undefined ? undefined : row[column];
    const value = typeof cell === 'string' ? cell.trim() : cell;
    return value === undefined || value === null || value === '' ? [] : [[name, typed(name, value)]];
  });
  return Object.fromEntries(given);
}

function typed(name: string, value: Cell): unknown {
  if (typeof value !== 'string') return value;
  if (name === 'amount') return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) ? new ExactDecimal(value) : value;
  if (name === 'amount_cents') return /^-?(0|[1-9]\d*)$/.test(value) ? BigInt(value) : value;
  if (name === 'transaction_ids') return value.split(/[;|]/).map((id) => id.trim());
  return value;
}
