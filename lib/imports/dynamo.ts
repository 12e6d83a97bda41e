import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isEqual } from 'es-toolkit';
import { sparseIds } from '../aws/listing.ts';
import { getItem } from '../aws/read.ts';
import { transition } from '../aws/transition.ts';
import { conditionalUpdate, putNew } from '../aws/update.ts';
import { invariant } from '../kernel/errors.ts';
import { IMPORT_TRANSITIONS, type ImportId } from './import.ts';
import { importChange, importItem, importKey, importOf, OPEN_IMPORTS } from './items.ts';
import type { ImportStore } from './ports.ts';

export function dynamoImports(client: DynamoDBDocumentClient, table: string): ImportStore {
  return {
    async insert(one) {
      const item = importItem(one);
      const written = await putNew(client, table, item);
      // The SDK repeats a call without an answer, and then the condition finds the item of the first call.
      invariant(written.done || isEqual(written.found, item), 'a new import has a new id');
    },

    async read(id) {
      const item = await getItem(client, table, importKey(id));
      return item && importOf(item);
    },

    async move(id, to, change) {
      const written = await conditionalUpdate(client, {
        table,
        key: importKey(id),
        ...transition(IMPORT_TRANSITIONS, to, {
          set: importChange(change),
          ...(to === 'RUNNING' ? {} : { remove: ['gsi1pk', 'gsi1sk'] }),
        }),
      });
      const item = written.done ? written.item : written.found;
      invariant(item, 'an import is never deleted');
      return importOf(item);
    },

    async advance(id, before, after, now) {
      const written = await conditionalUpdate(client, {
        table,
        key: importKey(id),
        condition: '#status = :running AND checkpoint = :before',
        change: {
          set: importChange({ checkpoint: after, touchedAt: now }),
          values: { ':running': 'RUNNING', ':before': importChange({ checkpoint: before }).checkpoint },
        },
      });
      return written.done;
    },

    listOpen: () => sparseIds<ImportId>(client, table, 'gsi1', OPEN_IMPORTS),

    async touch(id, now) {
      await conditionalUpdate(client, {
        table,
        key: importKey(id),
        condition: 'attribute_exists(pk)',
        change: { set: importChange({ touchedAt: now }) },
      });
    },
  };
}
