import type { DescEnum, DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';

/*
 * The values of enums in proto files begin with the name of the enum: WITHDRAWAL_STATUS_PENDING is PENDING in REST.
 */

export type Fields = Readonly<Record<string, unknown>>;
type Rename = (desc: DescEnum, value: string) => string;

export function namedInRest(message: DescMessage, fields: Fields): Fields {
  return renamed(message, fields, (desc, value) =>
    value.startsWith(prefixOf(desc)) ? value.slice(prefixOf(desc).length) : value,
  );
}

export function namedInProto(message: DescMessage, fields: Fields): JsonObject {
  return renamed(message, fields, (desc, value) => `${prefixOf(desc)}${value.toUpperCase()}`) as JsonObject;
}

const prefixOf = ({ sharedPrefix = '' }: DescEnum) => sharedPrefix.toUpperCase();

function renamed(message: DescMessage, fields: Fields, rename: Rename): Fields {
  const entries = Object.entries(fields).map(([name, value]) => {
    const field = message.fields.find((each) => each.name === name);
    return [name, field ? renamedIn(field, value, rename) : value];
  });
  return Object.fromEntries(entries);
}

function renamedIn(field: DescField, value: unknown, rename: Rename): unknown {
  if (Array.isArray(value)) return value.map((each: JsonValue) => renamedIn(field, each, rename));
  if (field.enum && typeof value === 'string') return rename(field.enum, value);
  const isMessage = field.message && field.fieldKind !== 'map' && typeof value === 'object' && value !== null;
  return isMessage ? renamed(field.message, value as Fields, rename) : value;
}
