import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { z } from 'zod';
import { time } from '../kernel/fields.ts';

/*
 * The JSON of protobuf messages as schemas, for the OpenAPI document (https://protobuf.dev/programming-guides/json). They
 * have the names and forms that clients should send. Connect also accepts field names as in the proto file, and numbers of enums.
 */

/**
 * Fields that are not set may be null.
 * @param rules of the message as JSON, with the names of REST: which fields are required, and the form of each
 */
export function requestSchema(message: DescMessage, rules: z.ZodType = z.object({})): z.ZodType {
  const json = z.toJSONSchema(rules, { io: 'input', unrepresentable: 'any' });
  const { properties = {}, required = [] } = Object.values(json.$defs ?? {})[0] ?? json;
  const fields = fieldsOf(message, (value, field) => {
    const { type: _type, default: _default, ...form } = (properties[field.name] ?? {}) as z.core.JSONSchema.BaseSchema;
    const formed = field.scalar === undefined ? withNumbers(value, field.enum) : value.meta(form);
    return required.includes(field.name) ? formed : formed.nullish();
  });
  return z.strictObject(fields).meta({ id: idOf(message) });
}

/** Requests may have the number of an enum's value instead of its name. */
const withNumbers = (value: z.ZodType, desc: DescEnum | undefined): z.ZodType =>
  desc === undefined ? value : z.union([value, z.literal(desc.values.map(({ number }) => number))]);

/** Fields that are not set are absent, and so are those that have the default of their type. */
export const responseSchema = (message: DescMessage): z.ZodType =>
  message.typeName === 'google.protobuf.Timestamp'
    ? time()
    : remembered(message, () => z.object(fieldsOf(message, (value) => value.optional())).meta({ id: idOf(message) }));

type Presence = (value: z.ZodType, field: DescField) => z.ZodType;
const fieldsOf = (message: DescMessage, presence: Presence): Record<string, z.ZodType> =>
  Object.fromEntries(message.fields.map((field) => [field.jsonName, presence(fieldSchema(field), field)]));

function fieldSchema(field: DescField): z.ZodType {
  if (field.fieldKind === 'list') return z.array(valueSchema(field));
  return field.fieldKind === 'map' ? z.record(z.string(), valueSchema(field)) : valueSchema(field);
}

function valueSchema({ scalar, message, enum: values }: DescField): z.ZodType {
  if (message) return responseSchema(message);
  if (values) return remembered(values, () => z.enum(values.values.map(({ name }) => name)).meta({ id: idOf(values) }));
  return scalarSchema(scalar ?? ScalarType.STRING);
}

function scalarSchema(type: ScalarType): z.ZodType {
  switch (type) {
    case ScalarType.STRING:
      return z.string();
    case ScalarType.BOOL:
      return z.boolean();
    case ScalarType.UINT32:
      return z.uint32();
    case ScalarType.INT32:
      return z.int32();
    case ScalarType.UINT64:
      return z
        .string()
        .regex(/^[0-9]{1,20}$/)
        .meta({ format: 'uint64' });
    case ScalarType.INT64:
      return z
        .string()
        .regex(/^-?[0-9]{1,19}$/)
        .meta({ format: 'int64' });
    default:
      throw new Error(`messages with fields of the type ${ScalarType[type]} have no schema yet`);
  }
}

/** Names of further components of the document, such as RpcWithdrawal. */
const idOf = ({ name }: DescMessage | DescEnum) => `Rpc${name}`;

const schemas = new Map<DescMessage | DescEnum, z.ZodType>();

/** A component of the document is one schema. */
function remembered(desc: DescMessage | DescEnum, make: () => z.ZodType): z.ZodType {
  const schema = schemas.get(desc) ?? make();
  schemas.set(desc, schema);
  return schema;
}
