import type { DescEnum, DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';

/*
 * Proto files have other names than REST. The values of an enum begin with its name: WITHDRAWAL_STATUS_PENDING is PENDING in
 * REST. Lists have the names of google.aip.dev/158: page_size is limit in REST.
 */

export type Fields = Readonly<Record<string, unknown>>;

const IN_REST: Readonly<Record<string, string>> = {
  page_size: 'limit',
  page_token: 'cursor',
  next_page_token: 'next_cursor',
};
const IN_PROTO = Object.fromEntries(Object.entries(IN_REST).map(([inProto, inRest]) => [inRest, inProto]));

type Naming = {
  readonly field: (name: string) => string;
  readonly value: (desc: DescEnum, value: string) => string;
};

export function namedInRest(message: DescMessage, fields: Fields): Fields {
  return renamed(message, fields, {
    field: (name) => IN_REST[name] ?? name,
    value: (desc, value) => (value.startsWith(prefixOf(desc)) ? value.slice(prefixOf(desc).length) : value),
  });
}

export function namedInProto(message: DescMessage, fields: Fields): JsonObject {
  return renamed(message, fields, {
    field: fieldInProto,
    value: (desc, value) => `${prefixOf(desc)}${value.toUpperCase()}`,
  }) as JsonObject;
}

export const fieldInProto = (name: string): string => IN_PROTO[name] ?? name;

const prefixOf = ({ sharedPrefix = '' }: DescEnum) => sharedPrefix.toUpperCase();

function renamed(message: DescMessage, fields: Fields, naming: Naming): Fields {
  const entries = Object.entries(fields).map(([name, value]) => {
    const other = naming.field(name);
    const field = message.fields.find((each) => each.name === name || each.name === other);
    return [other, field ? renamedIn(field, value, naming) : value];
  });
  return Object.fromEntries(entries);
}

function renamedIn(field: DescField, value: unknown, naming: Naming): unknown {
  if (Array.isArray(value)) return value.map((each: JsonValue) => renamedIn(field, each, naming));
  if (field.enum && typeof value === 'string') return naming.value(field.enum, value);
  const isMessage = field.message && field.fieldKind !== 'map' && typeof value === 'object' && value !== null;
  return isMessage ? renamed(field.message, value as Fields, naming) : value;
}
