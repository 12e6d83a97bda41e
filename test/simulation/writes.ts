import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

type Attributes = Record<string, AttributeValue>;
type Put = { readonly Item?: Attributes };
type Update = { readonly Key?: Attributes; readonly ExpressionAttributeValues?: Attributes };
type Input = Put &
  Update & {
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
  readonly #inputs = new WeakSet<object>();

  /**
   * @param input of a successful request. A transaction that the SDK repeats has the same input. It counts once: its token is
   *   added later, when it is serialised.
   */
  of(input: object): Write[] {
    const { TransactItems, ...single } = input as Input;
    if (TransactItems && this.#inputs.has(input)) return [];
    this.#inputs.add(input);
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
