import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { approvalPuts } from '../access/items.ts';
import { sparseIds } from '../aws/listing.ts';
import { getItem } from '../aws/read.ts';
import { putNewItem, type TransactItem, transactWrite } from '../aws/transact.ts';
import { transition } from '../aws/transition.ts';
import { conditionalUpdate, conditionalUpdateWith, updateParameters } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import { IMPORT_TRANSITIONS, type Import, type ImportId } from './import.ts';
import { importChange, importItem, importKey, importOf, OPEN_IMPORTS } from './items.ts';
import type { Along, ImportChange, ImportStore } from './ports.ts';

export function dynamoImports(client: DynamoDBDocumentClient, table: string, eventsTable: string): ImportStore {
  async function read(id: ImportId): Promise<Import | undefined> {
    const item = await getItem(client, table, importKey(id));
    return item && importOf(item);
  }

  const itemsOf = ({ event, approval }: Along): TransactItem[] => [
    ...(event ? [appendToOutbox(eventsTable, event)] : []),
    ...(approval ? Object.values(approvalPuts(approval)) : []),
  ];
  const changeOf = (id: ImportId, change: ImportChange, { isOpen }: Along) => ({
    set: { ...importChange(change), ...(isOpen ? { gsi1pk: OPEN_IMPORTS, gsi1sk: id } : {}) },
    ...(isOpen ? {} : { remove: ['gsi1pk', 'gsi1sk'] }),
  });

  return {
    async insert(one, event) {
      const items = [putNewItem(table, importItem(one)), appendToOutbox(eventsTable, event)];
      const written = await transactWrite(client, items);
      invariant(written.done, 'a new import has a new id');
    },

    read,

    async move(id, to, change, along) {
      const write = {
        table,
        key: importKey(id),
        ...transition(IMPORT_TRANSITIONS, to, changeOf(id, change, along)),
      };
      const written = await conditionalUpdateWith(client, write, ...itemsOf(along));
      const one = written.done ? await read(id) : written.found && importOf(written.found);
      invariant(one, 'an import is never deleted');
      return one;
    },

    async changeWork({ id, status, work }, change, along) {
      const values = { ':left': status, ':before': work };
      const update = { ...changeOf(id, change, along), values };
      const Update = updateParameters(table, importKey(id), '#status = :left AND #work = :before', update);
      return (await transactWrite(client, [{ Update }, ...itemsOf(along)])).done;
    },

    async advance(id, before, after, event) {
      const write = {
        table,
        key: importKey(id),
        condition: '#status = :running AND checkpoint = :before',
        change: {
          set: importChange({ checkpoint: after, touchedAt: Date.parse(event.time) }),
          values: { ':running': 'RUNNING', ':before': importChange({ checkpoint: before }).checkpoint },
        },
      };
      return (await conditionalUpdateWith(client, write, appendToOutbox(eventsTable, event))).done;
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
