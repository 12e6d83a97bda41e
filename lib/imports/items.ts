import { z } from 'zod';
import { entity, fields, json, text } from '../kernel/codec.ts';
import { type Checkpoint, FORMATS, IMPORT_STATUSES, type Import, type ImportId } from './import.ts';

/** Beside the transactions, `pk IMPORT#<id>  sk IMPORT`; gsi1, sparse, lists those that are not finished. */
export const importKey = (id: ImportId) => ({ pk: `IMPORT#${id}`, sk: 'IMPORT' });
export const OPEN_IMPORTS = 'IMPORT';

/** For a transaction of another domain: the import is RUNNING. */
export const whileRunning = (table: string, id: string) => ({
  ConditionCheck: {
    TableName: table,
    Key: importKey(id as ImportId),
    ConditionExpression: '#status = :running',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':running': 'RUNNING' },
  },
});

/** Conditions compare the stored text, so the order of these fields must not change. */
const checkpoint = json(
  fields<Checkpoint>({
    offset: z.int(),
    line: z.int(),
    columns: z.array(z.string()).optional(),
    rows: z.int(),
    stored: z.int(),
    unchanged: z.int(),
    rejected: z.int(),
    pass: z.string().optional(),
  }),
);

/** The attributes that a move of the import sets. */
const results = {
  bytes: z.int().optional(),
  etag: text().optional(),
  report: text().optional(),
  failure: text().optional(),
  work: text().optional(),
};
export const { encode: importChange } = entity(
  fields<Partial<Pick<Import, keyof typeof results | 'touchedAt' | 'checkpoint'>>>({
    ...results,
    touchedAt: z.number().optional(),
    checkpoint: checkpoint.optional(),
  }),
);

export const { encode: importItem, decode: importOf } = entity(
  fields<Import>({
    id: text<ImportId>(),
    status: z.enum(IMPORT_STATUSES),
    format: z.enum(FORMATS),
    createdAt: text(),
    touchedAt: z.number(),
    checkpoint,
    ...results,
  }),
  ({ id }) => ({ ...importKey(id), gsi1pk: OPEN_IMPORTS, gsi1sk: id }),
);
