import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { conditionalUpdate } from '../aws/update.ts';
import type { Item } from '../kernel/codec.ts';
import type { SealedField, SealedFields, SealedTable } from './ports.ts';

/** The attributes with encrypted text. `path`: to the text within an attribute that is JSON. */
type Field = { readonly attribute: string; readonly path?: readonly string[] };
const FIELDS: Readonly<Record<SealedTable, readonly Field[]>> = {
  payouts: [
    { attribute: 'instruction', path: ['destination', 'bankAccount'] },
    { attribute: 'instruction', path: ['destination', 'pixKey'] },
    { attribute: 'rejected' },
  ],
  withdrawals: [{ attribute: 'request', path: ['address'] }, { attribute: 'address' }],
  webhooks: [{ attribute: 'secrets' }],
};

const PAGE = 200;

/** `stored`: the whole attribute as it was read. */
type Found = SealedField & { readonly stored: string; readonly path: readonly string[] };

/** @param tableOf the name of a table in DynamoDB */
export function dynamoSealedFields(
  client: DynamoDBDocumentClient,
  tableOf: (table: SealedTable) => string,
): SealedFields {
  return {
    async *pages(table) {
      const names = [...new Set(FIELDS[table].map(({ attribute }) => attribute))];
      const scan = {
        TableName: tableOf(table),
        ConsistentRead: true,
        ProjectionExpression: ['pk', 'sk', ...names.map((name) => `#${name}`)].join(', '),
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      };
      for await (const { Items = [] } of paginateScan({ client, pageSize: PAGE }, scan)) {
        yield Items.flatMap((item) => FIELDS[table].flatMap((field) => foundIn(item, field)));
      }
    },

    async replace(table, field, text) {
      const { at, stored, path } = field as Found;
      const written = await conditionalUpdate(client, {
        table: tableOf(table),
        key: { pk: at.pk, sk: at.sk },
        condition: `#${at.attribute} = :stored`,
        change: { set: { [at.attribute]: replaced(stored, path, text) }, values: { ':stored': stored } },
      });
      return written.done;
    },
  };
}

function foundIn(item: Item, { attribute, path = [] }: Field): Found[] {
  const stored = item[attribute];
  if (typeof stored !== 'string') return [];
  const at = { pk: String(item.pk), sk: String(item.sk), attribute };
  const text =
    path.length === 0
      ? stored
      : path.reduce<unknown>((part, name) => (part as Item | undefined)?.[name], JSON.parse(stored));
  return typeof text === 'string' ? [{ at, text, stored, path }] : [];
}

function replaced(stored: string, path: readonly string[], text: string): string {
  const last = path.at(-1);
  if (last === undefined) return text;
  const whole = JSON.parse(stored) as Item;
  const parent = path.slice(0, -1).reduce<Item>((part, name) => part[name] as Item, whole);
  parent[last] = text;
  return JSON.stringify(whole);
}
