import { type BatchRequest, toJson } from '../../../../client/index.ts';
import { entryOf, type Kind, type Mapping } from './fields.ts';
import type { Table } from './read-file.ts';

export type Start = 'now' | 'later' | 'by_hand';
export type Options = {
  readonly batchId: string;
  readonly start: Start;
  /** Of a `datetime-local` field. */
  readonly startAt: string;
  readonly skipInvalid: boolean;
  readonly duplicates: 'reject' | 'skip' | 'allow';
  readonly claimTransactions: boolean;
};

/** The file's name gives the batch its id, so the same file is not paid twice by mistake. */
export function usualOptions({ name }: Table, kind: Kind): Options {
  const batchId = name
    .replace(/\.\w+$/, '')
    .replace(/[^\w-]+/g, '-')
    .replace(/^[-_]+|-+$/g, '')
    .slice(0, 64);
  const duplicates = kind === 'items' ? 'skip' : 'reject';
  return { batchId, start: 'now', startAt: '', skipInvalid: false, duplicates, claimTransactions: false };
}

type Asked = { readonly table: Table; readonly kind: Kind; readonly mapping: Mapping; readonly options: Options };

/** The request of POST /batches. Whether it is valid, only the service decides. */
export function requestOf({ table, kind, mapping, options }: Asked): BatchRequest {
  const { batchId, start, startAt, skipInvalid, duplicates, claimTransactions } = options;
  return {
    batch_id: batchId,
    ...(start === 'by_hand' ? { auto_start: false } : {}),
    ...(start === 'later' && startAt ? { start_at: new Date(startAt).toISOString() } : {}),
    ...(claimTransactions ? { claim_transactions: true } : {}),
    on_invalid: skipInvalid ? 'skip' : 'reject_all',
    duplicates,
    [kind]: table.rows.map((row) => entryOf(kind, mapping, row)),
  } as unknown as BatchRequest;
}

const MOST_ENTRIES = 15_000;
/** Of a request, with room for its headers. */
const MOST_BYTES = 5_900_000;

/** Whether the batch has to be uploaded as a file. */
export const isTooLarge = (request: BatchRequest): boolean =>
  (request.payouts ?? request.items ?? []).length > MOST_ENTRIES ||
  new TextEncoder().encode(toJson(request)).length > MOST_BYTES;
