import type { AwsCall } from './proxy.ts';

/** What IAM decides on: an action on a resource, and the partitions of the items that it touches. */
export type Use = { readonly action: string; readonly resource: string; readonly partitions: readonly string[] };

type Json = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, { readonly S?: string } | undefined>>;
type Named = { readonly TableName: string; readonly IndexName?: string };
type Keyed = Named & { readonly Key?: Item; readonly Item?: Item };
type Query = Named & {
  readonly KeyConditionExpression: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
};

const ACCOUNT = 'us-east-1:000000000000';
const arn = (service: string, name: string) => `arn:aws:${service}:${ACCOUNT}:${name}`;
const table = (name: string, index?: string) => arn('dynamodb', `table/${name}${index ? `/index/${index}` : ''}`);

/** What a call needs to be allowed (Service Authorization Reference). @throws Error for a call that is not known here */
export function usesOf(call: AwsCall): readonly Use[] {
  const [, scope = ''] = /Credential=[^/]+\/\d+\/[^/]+\/(\w+)\//.exec(credentialOf(call)) ?? [];
  const target = `${call.headers['x-amz-target'] ?? ''}`;
  const operation = target.slice(target.indexOf('.') + 1);
  switch (scope) {
    case 'dynamodb':
      return dynamo(operation, JSON.parse(call.body));
    case 'sqs':
      return [
        { action: `sqs:${operation.replace('Batch', '')}`, resource: queueOf(JSON.parse(call.body)), partitions: [] },
      ];
    case 'sns': {
      const form = new URLSearchParams(call.body);
      const action = `sns:${(form.get('Action') ?? '').replace('Batch', '')}`;
      return [{ action, resource: form.get('TopicArn') ?? '', partitions: [] }];
    }
    case 'kms': {
      const { KeyId = '' } = JSON.parse(call.body) as { KeyId?: string };
      return [{ action: `kms:${operation}`, resource: KeyId, partitions: [] }];
    }
    case 'secretsmanager': {
      // AWS ends the ARN of a secret with six characters that its name lacks.
      const { SecretId = '' } = JSON.parse(call.body) as { SecretId?: string };
      const resource = arn('secretsmanager', `secret:${SecretId}-AbCdEf`);
      return [{ action: `secretsmanager:${operation}`, resource, partitions: [] }];
    }
    case 'states': {
      const { stateMachineArn, executionArn } = JSON.parse(call.body) as Record<string, string>;
      return [{ action: `states:${operation}`, resource: stateMachineArn ?? executionArn ?? '', partitions: [] }];
    }
    case 's3':
      return s3(call);
    default:
      throw new Error(`No actions are known of ${call.method} ${call.path} ${target}`);
  }
}

/** In a header, or in the query of a presigned link. */
function credentialOf({ headers, path }: AwsCall): string {
  const signed = new URL(path, 'http://aws').searchParams.get('X-Amz-Credential');
  return signed ? `Credential=${signed}/` : (headers.authorization ?? '');
}

const queueOf = ({ QueueUrl, QueueName }: Json) => arn('sqs', `${QueueName ?? `${QueueUrl}`.split('/').at(-1)}`);

function dynamo(operation: string, input: Json): Use[] {
  switch (operation) {
    case 'TransactWriteItems':
      return (input.TransactItems as Record<string, Keyed>[]).flatMap((item) =>
        Object.entries(item).map(([kind, each]) =>
          onItem(kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`, each),
        ),
      );
    case 'TransactGetItems':
      return (input.TransactItems as { Get: Keyed }[]).map(({ Get }) => onItem('GetItem', Get));
    case 'BatchGetItem':
      return Object.entries(input.RequestItems as Record<string, { Keys: Item[] }>).map(([name, { Keys }]) =>
        onItems(operation, name, Keys),
      );
    case 'BatchWriteItem':
      return Object.entries(input.RequestItems as Record<string, Record<string, Keyed>[]>).map(([name, requests]) =>
        onItems(
          operation,
          name,
          requests.flatMap(Object.values).map(({ Key, Item }: Keyed) => Key ?? Item ?? {}),
        ),
      );
    case 'Query':
      return [onQuery(input as unknown as Query)];
    case 'Scan':
    case 'DescribeTable':
      return [{ action: `dynamodb:${operation}`, resource: tableOf(input as unknown as Named), partitions: [] }];
    default:
      return [onItem(operation, input as unknown as Keyed)];
  }
}

const tableOf = ({ TableName, IndexName }: Named) => table(TableName, IndexName);
const onItem = (operation: string, { TableName, Key, Item }: Keyed) =>
  onItems(operation, TableName, [Key ?? Item ?? {}]);

/** In every table the partition key is `pk`. */
function onItems(operation: string, name: string, items: readonly Item[]): Use {
  return { action: `dynamodb:${operation}`, resource: table(name), partitions: items.map(({ pk }) => pk?.S ?? '') };
}

/** In every index the partition key is `gsi1pk` and so on. */
function onQuery(query: Query): Use {
  const {
    KeyConditionExpression,
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  } = query;
  const equal = [...KeyConditionExpression.matchAll(/(#?\w+)\s*=\s*(:\w+)/g)];
  const [, , value = ''] = equal.find(([, name = '']) => /^(gsi\d)?pk$/.test(names[name] ?? name)) ?? [];
  return { action: 'dynamodb:Query', resource: tableOf(query), partitions: [values[value]?.S ?? ''] };
}

const S3_ACTIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'GetObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
  POST: 'PutObject',
};

/** Links and objects have the bucket in the path. S3 looks for an object that is missing with the right to list its bucket. */
function s3({ method, path, status, body }: AwsCall): Use[] {
  const { pathname, searchParams } = new URL(path, 'http://s3');
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(pathname)) ?? [];
  const use = (action: string, of = key) => ({
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${bucket}${of ? `/${of}` : ''}`,
    partitions: [],
  });
  if (key === '' && method === 'POST' && searchParams.has('delete'))
    return [...body.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, of]) => use('DeleteObject', of));
  if (key === '') return [use('ListBucket')];
  if (method === 'DELETE' && searchParams.has('uploadId')) return [use('AbortMultipartUpload')];
  const missing = status === 404 && /GET|HEAD/.test(method) ? [use('ListBucket', '')] : [];
  return [use(S3_ACTIONS[method] ?? method), ...missing];
}
