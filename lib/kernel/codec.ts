import { isEqual } from 'es-toolkit';
import { z } from 'zod';

/**
 * Codecs between what a table stores and what the code works with. An entity is a declaration:
 *
 *     export const { encode: walletItem, decode: walletOf } = entity<Wallet>(
 *       fields<Wallet>({
 *         userId: text<UserId>(), //                          attribute user_id
 *         balances: sums<Unit>(), //                          { "IDR": "150" } <-> Map { IDR => 150n }
 *         seq: z.int(),
 *         closedAt: text().optional(), //                     the attribute may be missing
 *         frozen: absentAs(false, z.boolean()), //            stored only if true
 *         retryCycle: named('opening', z.int()), //           an attribute with another name
 *         lease: flat({ owner: text(), until: z.number() }, { prefix: 'lease_', optional: true }), // lease_owner, lease_until
 *         refunds: json(z.array(fields<Refund>({ ... }))), // one attribute, as JSON text
 *       }),
 *       ({ userId }) => walletKey(userId), //                 pk, sk and index keys; written, not read
 *     );
 *
 * Unions: `z.discriminatedUnion('status', [fields<Pending>(...), fields<Paid>(...)])`. A projection is an entity of the
 * attributes that it has: `entity(fields<Pick<Batch, 'status' | 'run'>>(pick(batchFields, ['status', 'run'])))`. An id that is
 * read from a key is a field too: `named('sk', ...)`; the keys overwrite it when the item is written.
 *
 * Attributes without a field are ignored: items carry index keys, and versions before and after this one share a table.
 */
export type Item = Record<string, unknown>;

/** A stored item that does not fit its codec: names the item's key and each wrong attribute, never a value. */
export class StoredItemError extends Error {
  override readonly name = 'StoredItemError';
  /** The wrong attributes, without the key. */
  readonly problems: string;

  constructor(key: Item, issues: readonly z.core.$ZodIssue[]) {
    const problems = issues.map(({ path, message }) => {
      const reason = message.replace(/^Invalid input: /, '');
      return path.length === 0 ? reason : `${path.join('.')}: ${reason}`;
    });
    super(`${key.pk} ${key.sk}: ${problems.join('; ')}`);
    this.problems = problems.join('; ');
  }
}

export type Entity<T> = {
  /** The item with its keys. @throws StoredItemError if it could not be read again */
  readonly encode: (value: T) => Item;
  /** @param item with its key, which a projection may lack @throws StoredItemError */
  readonly decode: (item: Item) => T;
};

export function entity<T>(schema: z.ZodType<T, Item>, keysOf: (value: T) => Item = () => ({})): Entity<T> {
  let compiled: typeof schema | undefined;
  return {
    encode(value) {
      const { data, error } = z.safeEncode(schema, value);
      if (error) throw new StoredItemError(keysOf(value), error.issues);
      return { ...withoutUndefined(data), ...keysOf(value) };
    },
    decode(item) {
      compiled ??= z.compile(schema); // decodes about twice as fast
      const { data, error } = compiled.safeParse(item);
      if (error) throw new StoredItemError(item, error.issues);
      return data;
    },
  };
}

/** How each field of `T` is stored. */
export type Fields<T> = {
  readonly [Name in keyof T]-?: Field<Pick<T, Name> extends Required<Pick<T, Name>> ? T[Name] : T[Name] | undefined>;
};
type Field<T> = z.ZodType<T> | Named<T> | Flat<T>;

class Named<T> {
  readonly attribute: string;
  readonly schema: z.ZodType<T>;

  constructor(attribute: string, schema: z.ZodType<T>) {
    this.attribute = attribute;
    this.schema = schema;
  }
}

class Flat<T> {
  readonly fields: Fields<T>;
  readonly prefix: string;
  readonly isOptional: boolean;

  constructor(parts: Fields<T>, prefix: string, isOptional: boolean) {
    this.fields = parts;
    this.prefix = prefix;
    this.isOptional = isOptional;
  }
}

/** The attribute has a name that does not follow from the field's. */
export const named = <T>(attribute: string, schema: z.ZodType<T>) => new Named(attribute, schema);

/** An object whose fields are attributes of the item. An optional one has all of them or none. */
export function flat<T>(parts: Fields<T>, options: { prefix?: string; optional: true }): Flat<T | undefined>;
export function flat<T>(parts: Fields<T>, options?: { prefix?: string }): Flat<T>;
export function flat<T>(parts: Fields<T>, { prefix = '', optional = false } = {}) {
  return new Flat(parts, prefix, optional);
}

/** One attribute of a stored object and its field. `within`: the flat object that has the field. */
type Place = {
  readonly attribute: string;
  readonly field: string;
  readonly schema: z.ZodType;
  readonly within?: string;
};

/** An object whose attributes have the names of its fields in snake case. */
export function fields<T extends object>(spec: Fields<T>): z.ZodCodec<z.ZodObject, z.ZodType<T, T>> {
  const places = placesIn(spec);
  const groups = Object.entries<Field<unknown>>(spec).flatMap(([name, field]) =>
    field instanceof Flat && field.isOptional ? [places.filter(({ within }) => within === name)] : [],
  );
  const stored = z.object(Object.fromEntries(places.map(({ attribute, schema }) => [attribute, schema])));
  return z.codec(stored, trusted<T>(), {
    decode(item, payload) {
      for (const group of groups) {
        const missing = group.filter(({ attribute }) => item[attribute] === undefined);
        if (missing.length === 0 || missing.length === group.length) continue;
        const problem = { code: 'custom', message: 'is missing', input: item } as const;
        payload.issues.push(...missing.map(({ attribute }) => ({ ...problem, path: [attribute] })));
      }
      return read<T>(places, item);
    },
    encode: (value) => written(places, value),
  });
}

/** `merchantId` is stored as `merchant_id`. */
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function placesIn(spec: object, { prefix = '', within }: { prefix?: string; within?: string } = {}): Place[] {
  return Object.entries(spec).flatMap(([name, field]: [string, Field<unknown>]): Place[] => {
    const at = within === undefined ? { field: name } : { field: name, within };
    if (field instanceof Named) return [{ ...at, attribute: prefix + field.attribute, schema: field.schema }];
    if (!(field instanceof Flat)) return [{ ...at, attribute: prefix + snakeCase(name), schema: field }];
    const parts = placesIn(field.fields, { prefix: field.prefix, within: name });
    return field.isOptional ? parts.map((part) => ({ ...part, schema: part.schema.optional() })) : parts;
  });
}

function read<T>(places: readonly Place[], item: Item): T {
  const value: Item = {};
  for (const { attribute, field, within } of places) {
    const part = item[attribute];
    if (part === undefined) continue;
    if (within === undefined) value[field] = part;
    else value[within] = Object.assign(value[within] ?? {}, { [field]: part });
  }
  return value as T;
}

function written(places: readonly Place[], value: object): Item {
  const item: Item = {};
  for (const { attribute, field, within } of places) {
    const from = (within === undefined ? value : (value as Item)[within]) as Item | undefined;
    if (from?.[field] !== undefined) item[attribute] = from[field];
  }
  return item;
}

function withoutUndefined(item: Item): Item {
  const defined: Item = {};
  for (const name in item) if (item[name] !== undefined) defined[name] = item[name];
  return defined;
}

/** Values that TypeScript checks. Only stored values need a check at run time. */
export const trusted = <T>() => z.unknown() as z.ZodType<T, T>;

/** A string; with a brand if it was checked before it was stored. */
export const text = <T extends string = string>() => z.string() as unknown as z.ZodType<T, T>;

/** The rest of a string after a prefix, for example of a key. */
export const prefixed = <T extends string>(prefix: string) =>
  z.codec(z.string().startsWith(prefix, `expected to begin with ${prefix}`), text<T>(), {
    decode: (stored) => stored.slice(prefix.length) as T,
    encode: (rest) => prefix + rest,
  });

/** The digits of a whole number. */
export const wholeNumber = () => z.string().regex(/^-?\d+$/, 'expected a whole number in digits');

/** A whole number as a string: the database computes with numbers as floats, and a string keeps every digit. */
export const digits = () =>
  z.codec(wholeNumber(), z.bigint(), {
    decode: (stored) => BigInt(stored),
    encode: (amount) => amount.toString(),
  });

/** Amounts by currency or asset, read in the order of their codes: the database keeps no order. */
export const sums = <Of extends string>() =>
  z.codec(z.record(z.string(), digits()), trusted<ReadonlyMap<Of, bigint>>(), {
    decode: (stored) => new Map(Object.entries(stored).sort(([a], [b]) => (a < b ? -1 : 1)) as [Of, bigint][]),
    encode: (amounts) => Object.fromEntries(amounts),
  });

/** One attribute instead of many: the fewer attributes, the cheaper a write. */
export const json = <T>(schema: z.ZodType<T>) =>
  z.codec(z.string(), schema as z.ZodType<T, unknown>, {
    decode(stored, payload): unknown {
      try {
        return JSON.parse(stored);
      } catch {
        payload.issues.push({ code: 'custom', message: 'is not JSON', input: stored });
        return z.NEVER;
      }
    },
    encode: (value) => JSON.stringify(value),
  });

/** Stored only if it differs from the default. */
export const absentAs = <T>(fallback: T, schema: z.ZodType<T>) =>
  z.codec(schema.optional(), trusted<T>(), {
    decode: (stored) => (stored === undefined ? fallback : stored) as T,
    encode: (value) => (value === fallback || isEqual(value, fallback) ? undefined : value) as T | undefined,
  });
