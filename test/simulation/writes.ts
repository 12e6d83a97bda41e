import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

type Attributes = Record<string, AttributeValue>;
type Put = { readonly Item?: Attributes };
type Update = { readonly Key?: Attributes; readonly ExpressionAttributeValues?: Attributes };
type Input = Put &
  Update & {
    readonly ClientRequestToken?: string;
    readonly TransactItems?: readonly { readonly Put?: Put; readonly Update?: Update }[];
  };

/** What a write has made of one item. */
export type Write = {
  readonly pk: string;
  readonly sk: string;
  /** Attributes by their names; of an update, what its expression is given. */
  readonly values: Readonly<Record<string, unknown>>;
};

/** Reads off requests to the database what they have written. */
export class Writes {
  readonly #tokens = new Set<string>();

  /** @param input of a request that was answered, as it went over the wire; one that the SDK has repeated has had one effect */
  of(input: unknown): Write[] {
    const { TransactItems, ClientRequestToken: token, ...single } = input as Input;
    if (token !== undefined && this.#tokens.has(token)) return [];
    if (token !== undefined) this.#tokens.add(token);
    const writes = TransactItems ?? [{ Put: single, Update: single }];
    return writes.flatMap(({ Put, Update }) => [
      ...(Put?.Item ? [written(Put.Item, Put.Item)] : []),
      ...(Update?.Key && Update.ExpressionAttributeValues
        ? [written(Update.Key, Update.ExpressionAttributeValues)]
        : []),
    ]);
  }
}

function written(key: Attributes, attributes: Attributes): Write {
  const { pk, sk } = unmarshall({ pk: key.pk as AttributeValue, sk: key.sk as AttributeValue });
  const values = Object.entries(unmarshall(attributes)).map(([name, value]) => [name.replace(/^:/, ''), value]);
  return { pk, sk, values: Object.fromEntries(values) };
}
