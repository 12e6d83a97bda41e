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

/** The effect of a write on one item. */
export type Write = {
  readonly pk: string;
  readonly sk: string;
  /** The attributes; of an update, the values of its expression. */
  readonly values: Readonly<Record<string, unknown>>;
};

/** Reads the written items off requests to the database. */
export class Writes {
  readonly #tokens = new Set<string>();

  /** @param input of a successful request. A request that the SDK repeats counts once. */
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
