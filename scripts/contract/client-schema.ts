/*
 * JSON Schema of the OpenAPI document as json-schema-to-typescript reads it.
 */

export type Schema = { readonly [key: string]: unknown };

/** A schema as the compiler reads it: references to its definitions, and exact numbers as types of the client. */
export function typed(schema: unknown, isRequest: boolean): Schema {
  if (Array.isArray(schema)) return schema.map((each) => typed(each, isRequest)) as unknown as Schema;
  if (typeof schema !== 'object' || schema === null) return schema as never;
  const { $ref, default: _default, additionalProperties, ...rest } = schema as Record<string, unknown>;
  if (typeof $ref === 'string') return { $ref: $ref.replace('#/components/schemas/', '#/definitions/') };
  if (mayExceedFloats(rest, isRequest)) return { description: rest.description, tsType: 'Int64' };
  if (rest.not !== undefined) return { tsType: 'never' };
  if (rest.format === 'binary') return { tsType: 'string | Uint8Array<ArrayBuffer>' };
  if (rest.type === 'number' && isRequest) return { description: rest.description, tsType: 'Decimal' };
  if (isChoiceOfFields(rest)) return typed({ anyOf: alternatives(rest) }, isRequest);
  // An object without named fields is a map. Other answers may get further fields, which the types do not show.
  const isMap = typeof additionalProperties === 'object' && !(rest.properties && isEmpty(additionalProperties));
  const entries = Object.entries(rest).map(([key, value]) => [key, typed(value, isRequest)]);
  return {
    ...Object.fromEntries(entries),
    ...(isMap ? { additionalProperties: typed(additionalProperties, isRequest) } : {}),
  };
}

/** Whole numbers for which a float may not do. Requests may carry any of the larger ones as a bigint. */
function mayExceedFloats({ type, format, minimum, maximum }: Schema, isRequest: boolean): boolean {
  if (type !== 'integer') return false;
  const hasBounds = minimum !== undefined || maximum !== undefined;
  return format === 'int64' || !hasBounds || (isRequest && maximum === Number.MAX_SAFE_INTEGER);
}

const isEmpty = (schema: object | null) => Object.keys(schema ?? {}).length === 0;

type Choice = {
  oneOf: readonly { required: readonly string[] }[];
  properties: Record<string, Schema>;
  required?: readonly string[];
};

/** An object of which each of several sets of fields makes a valid one, such as `payouts` or `items`. */
const isChoiceOfFields = (schema: object): schema is Choice =>
  'oneOf' in schema && 'properties' in schema && (schema.oneOf as object[]).every((one) => 'required' in one);

function alternatives({ oneOf, properties, required = [], ...rest }: Choice): Schema[] {
  const choices = oneOf.map((one) => one.required);
  return choices.map((chosen) => {
    const excluded = choices.flat().filter((name) => !chosen.includes(name));
    const kept = Object.entries(properties).map(([name, schema]) => [
      name,
      excluded.includes(name) ? { tsType: 'never' } : schema,
    ]);
    return { ...rest, properties: Object.fromEntries(kept), required: [...required, ...chosen] };
  });
}
