import type { Checkpoint, Import, ImportId, ImportStatus } from './import.ts';

/** Beside the transactions, `pk IMPORT#<id>  sk IMPORT`; gsi1, sparse, lists those that are not finished. */
export type Item = Record<string, unknown>;

export const importKey = (id: ImportId) => ({ pk: `IMPORT#${id}`, sk: 'IMPORT' });
export const OPEN_IMPORTS = 'IMPORT';

export function importItem(one: Import): Item {
  return {
    ...importKey(one.id),
    gsi1pk: OPEN_IMPORTS,
    gsi1sk: one.id,
    id: one.id,
    status: one.status,
    format: one.format,
    created_at: one.createdAt,
    touched_at: one.touchedAt,
    checkpoint: JSON.stringify(one.checkpoint),
  };
}

export function importOf(item: Item): Import {
  const stored = item as {
    id: ImportId;
    status: ImportStatus;
    format: Import['format'];
    created_at: string;
    touched_at: number;
    bytes?: number;
    etag?: string;
    checkpoint: string;
    report?: string;
    failure?: string;
  };
  return {
    id: stored.id,
    status: stored.status,
    format: stored.format,
    createdAt: stored.created_at,
    touchedAt: stored.touched_at,
    checkpoint: JSON.parse(stored.checkpoint) as Checkpoint,
    ...(stored.bytes === undefined ? {} : { bytes: stored.bytes }),
    ...(stored.etag === undefined ? {} : { etag: stored.etag }),
    ...(stored.report === undefined ? {} : { report: stored.report }),
    ...(stored.failure === undefined ? {} : { failure: stored.failure }),
  };
}
