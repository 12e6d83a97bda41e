import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { S3Files } from '../aws/files.ts';
import { getItem } from '../aws/read.ts';
import { putNewItem, type TransactItem, transactWrite } from '../aws/transact.ts';
import type { Block } from './block.ts';
import { BLOCKS, headItem, headKey, headOf, listedItem, listedOf, padded } from './items.ts';
import type { Chain, Head } from './ports.ts';
import { blockSchema, signedHeadSchema } from './schemas.ts';

const HEADS = 'heads/';

export async function readHead(dynamo: DynamoDBDocumentClient, table: string): Promise<Head | undefined> {
  const item = await getItem(dynamo, table, headKey);
  return item && headOf(item);
}

/** The head and the list of blocks are in a table, blocks and signed heads in a bucket where nothing can be deleted. */
export function dynamoChain(
  clients: { readonly dynamo: DynamoDBDocumentClient; readonly objects: S3Client },
  { table, bucket }: { readonly table: string; readonly bucket: string },
): Chain {
  const { dynamo, objects } = clients;
  const files = new S3Files(objects, bucket);

  /** S3 requires a checksum for an object that it will lock. */
  const put = (Key: string, content: object) =>
    objects.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key,
        Body: JSON.stringify(content),
        ContentType: 'application/json',
        ChecksumAlgorithm: 'SHA256',
      }),
    );

  return {
    head: () => readHead(dynamo, table),

    async *listed(since) {
      const pages = paginateQuery(
        { client: dynamo },
        {
          TableName: table,
          KeyConditionExpression: 'pk = :blocks AND sk >= :since',
          // DynamoDB refuses an empty string for a key, also in a condition. A space comes before every time.
          ExpressionAttributeValues: { ':blocks': BLOCKS, ':since': since || ' ' },
          ConsistentRead: true,
        },
      );
      for await (const { Items = [] } of pages) yield* Items.map(listedOf);
    },

    async read({ number, hash }) {
      return blockSchema.parse(JSON.parse(String(await files.read(nameOf(number, hash)))));
    },

    async store(block: Block, hash) {
      await put(nameOf(block.header.number, hash), block);
    },

    async move(head, block) {
      const others: TransactItem[] = block === undefined ? [] : [putNewItem(table, listedItem(block))];
      const { done } = await transactWrite(dynamo, [putHead(head), ...others]);
      return done;
    },

    async kept(number) {
      return signedHeadSchema.parse(JSON.parse(String(await files.read(nameOfHead(number)))));
    },

    async lastKept(after) {
      let last: number | undefined;
      for await (const key of files.list(HEADS, nameOfHead(after))) last = Number(/(\d+)\.json$/.exec(key)?.[1]);
      return last;
    },

    async keep(head) {
      const key = nameOfHead(head.number);
      if (!(await files.find(key))) await put(key, head);
    },
  };

  function putHead(head: Head): TransactItem {
    return {
      Put: {
        TableName: table,
        Item: { ...headItem(head), bucket },
        ...(head.version === 1
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'version = :before',
              ExpressionAttributeValues: { ':before': head.version - 1 },
            }),
      },
    };
  }
}

/** The bucket of a chain, undefined if it has no head yet. Its name is generated; the sealer stores it beside the head. */
export async function bucketOfChain(dynamo: DynamoDBDocumentClient, table: string): Promise<string | undefined> {
  const item = await getItem(dynamo, table, headKey);
  return z.object({ bucket: z.string().optional() }).optional().parse(item)?.bucket;
}

const nameOfHead = (number: number) => `${HEADS}${padded(number)}.json`;
const nameOf = (number: number, hash: string) => `blocks/${padded(number)}-${hash}.json`;
