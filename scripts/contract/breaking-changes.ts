/*
 * What in a new version of the OpenAPI document would break a caller of the old one: what is removed, and what is narrower. A
 * request that was valid must stay valid, and an answer must stay what the old document declares, but for further fields.
 */

type Json = Readonly<Record<string, unknown>>;
type Schema = Json;
type Operation = {
  readonly 'x-scope'?: string;
  readonly parameters?: readonly { in: string; name: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response | { $ref: string }>>;
};
type Response = {
  readonly headers?: Json;
  readonly content?: Readonly<Record<string, { schema: Schema }>>;
};
export type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly responses: Json };
};

/** One line for each breaking change, such as `POST /batches request.payouts[].amount: minimum 1 was 0`. */
export function breakingChanges(before: Document, after: Document): string[] {
  const changes = Object.entries(before.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, old]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const current = after.paths[path]?.[method];
      if (!current) return [`${name}: is removed`];
      return ofOperation({ old, before }, { current, after }).map((change) => `${name} ${change}`);
    }),
  );
  return [...new Set(changes.map((change) => change.replace(CODE_OF_AN_ERROR, 'every error: code: ')))];
}

/** All errors have one schema, so a new code is one change. */
const CODE_OF_AN_ERROR = /^.* answer [45]\d\d\.error\.code: /;

function ofOperation(
  { old, before }: { old: Operation; before: Document },
  { current, after }: { current: Operation; after: Document },
): string[] {
  const requests = new Comparison(before, after);
  const answers = new Comparison(after, before);
  const [oldScope, scope] = [old['x-scope'], current['x-scope']];
  return [
    ...(oldScope === scope || scope === 'public' ? [] : [`scope: ${scope} was ${oldScope}`]),
    ...ofParameters(old, current, requests),
    ...ofContent(old.requestBody?.content, current.requestBody?.content, (one, other) =>
      requests.problems(one, other, 'request'),
    ),
    ...(current.requestBody && !old.requestBody ? ['request: a body is required'] : []),
    ...Object.entries(old.responses).flatMap(([status, response]) => {
      const now = current.responses[status];
      if (!now) return status.startsWith('2') ? [`answer ${status}: is removed`] : [];
      const [oldOne, newOne] = [resolved(response, before), resolved(now, after)];
      const headers = Object.keys(oldOne.headers ?? {}).filter((header) => !(header in (newOne.headers ?? {})));
      return [
        ...headers.map((header) => `answer ${status}: the header ${header} is removed`),
        ...ofContent(oldOne.content, newOne.content, (one, other) =>
          answers.problems(other, one, `answer ${status}`, { isAnswer: true }),
        ),
      ];
    }),
  ];
}

function resolved(response: Response | { $ref: string }, { components }: Document): Response {
  return '$ref' in response ? (components.responses[lastPart(response.$ref)] as Response) : response;
}

const lastPart = (ref: unknown) => String(ref).split('/').at(-1) ?? '';

function ofParameters(old: Operation, current: Operation, requests: Comparison): string[] {
  const key = ({ in: place, name }: { in: string; name: string }) => `${place} ${name}`;
  const known = new Map((old.parameters ?? []).map((parameter) => [key(parameter), parameter]));
  const now = new Map((current.parameters ?? []).map((parameter) => [key(parameter), parameter]));
  const added = [...now].filter(([name, { required }]) => required && !known.get(name)?.required);
  return [
    ...[...known.keys()].filter((name) => !now.has(name)).map((name) => `${name}: is removed`),
    ...added.map(([name]) => `${name}: is required`),
    ...[...known].flatMap(([name, { schema }]) => requests.problems(schema, now.get(name)?.schema ?? schema, name)),
  ];
}

function ofContent(
  old: Response['content'],
  current: Response['content'],
  compare: (old: Schema, current: Schema) => string[],
): string[] {
  return Object.entries(old ?? {}).flatMap(([type, { schema }]) => {
    const now = current?.[type];
    return now ? compare(schema, now.schema) : [`${type}: is removed`];
  });
}

/** Limits, and whether a value is narrower than another. A limit that is absent allows everything. */
const LIMITS: Readonly<Record<string, (value: number, other: number) => boolean>> = {
  minimum: (value, other) => value > other,
  exclusiveMinimum: (value, other) => value > other,
  minLength: (value, other) => value > other,
  minItems: (value, other) => value > other,
  maximum: (value, other) => value < other,
  exclusiveMaximum: (value, other) => value < other,
  maxLength: (value, other) => value < other,
  maxItems: (value, other) => value < other,
};
const EXACT = ['pattern', 'format', 'const'];

/** Finds values that `sent` allows and `accepted` does not. */
class Comparison {
  readonly #sent: Document;
  readonly #accepted: Document;

  constructor(sent: Document, accepted: Document) {
    this.#sent = sent;
    this.#accepted = accepted;
  }

  problems(
    sent: Schema,
    accepted: Schema,
    at: string,
    how: { isAnswer?: boolean; seen?: readonly string[] } = {},
  ): string[] {
    const pair = `${sent.$ref} ${accepted.$ref}`;
    if (sent.$ref && accepted.$ref && how.seen?.includes(pair)) return [];
    const inside = { ...how, seen: [...(how.seen ?? []), pair] };
    const one = schemaOf(sent, this.#sent);
    const other = schemaOf(accepted, this.#accepted);
    const alternatives = alternativesOf(one);
    if (alternatives || alternativesOf(other)) {
      const targets = alternativesOf(other) ?? [other];
      return (alternatives ?? [one]).flatMap((each) => {
        const found = targets.map((target) => this.problems(each, target, at, inside));
        return found.some((problems) => problems.length === 0)
          ? []
          : (found.toSorted((a, b) => a.length - b.length)[0] ?? []);
      });
    }
    return [
      ...valueProblems(one, other, at),
      ...this.#ofProperties(one, other, at, inside),
      ...(isObject(one.items) && isObject(other.items) ? this.problems(one.items, other.items, `${at}[]`, inside) : []),
    ];
  }

  #ofProperties(
    one: Schema,
    other: Schema,
    at: string,
    how: { isAnswer?: boolean; seen: readonly string[] },
  ): string[] {
    const [sent, accepted] = [propertiesOf(one), propertiesOf(other)];
    const required = (schema: Schema) => new Set((schema.required as string[] | undefined) ?? []);
    const missing = [...required(other).difference(required(one))];
    const refused = Object.keys(sent).filter((name) => !(name in accepted) && other.additionalProperties === false);
    const gone = how.isAnswer ? Object.keys(accepted).filter((name) => !(name in sent) && !missing.includes(name)) : [];
    return [
      ...missing.map((name) => `${at}.${name}: ${how.isAnswer ? 'may be missing' : 'is required'}`),
      ...(how.isAnswer ? [] : refused.map((name) => `${at}.${name}: is removed`)),
      ...gone.map((name) => `${at}.${name}: is removed`),
      ...Object.entries(sent).flatMap(([name, schema]) => {
        const target = accepted[name];
        return target ? this.problems(schema, target, `${at}.${name}`, how) : [];
      }),
    ];
  }
}

const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null;
const propertiesOf = ({ properties }: Schema) => (properties ?? {}) as Readonly<Record<string, Schema>>;
const schemaOf = (schema: Schema, { components }: Document): Schema =>
  schema.$ref ? (components.schemas[lastPart(schema.$ref)] ?? {}) : schema;
const alternativesOf = ({ anyOf, oneOf, properties }: Schema) =>
  properties ? undefined : ((anyOf ?? oneOf) as readonly Schema[] | undefined);

function valueProblems(sent: Schema, accepted: Schema, at: string): string[] {
  const limits = Object.entries(LIMITS).flatMap(([limit, isNarrower]) => {
    const [value, other] = [accepted[limit], sent[limit]] as [number | undefined, number | undefined];
    if (value === undefined || (other !== undefined && !isNarrower(value, other))) return [];
    return [`${at}: ${limit} ${value} and ${other ?? 'none'}`];
  });
  const exact = EXACT.filter((name) => accepted[name] !== undefined && accepted[name] !== sent[name]);
  return [
    ...typeProblems(sent, accepted, at),
    ...limits,
    ...exact.map((name) => `${at}: ${name} ${accepted[name]} and ${sent[name] ?? 'none'}`),
    ...enumProblems(sent.enum as unknown[] | undefined, accepted.enum as unknown[] | undefined, at),
  ];
}

function typeProblems(sent: Schema, accepted: Schema, at: string): string[] {
  if (accepted.type === undefined) return [];
  const types = [accepted.type].flat() as string[];
  const isAccepted = (type: string) => types.includes(type) || (type === 'integer' && types.includes('number'));
  const others =
    sent.type === undefined ? ['any'] : ([sent.type].flat() as string[]).filter((type) => !isAccepted(type));
  return others.length > 0 ? [`${at}: type ${types.join('|')} and ${others.join('|')}`] : [];
}

function enumProblems(sent: unknown[] | undefined, accepted: unknown[] | undefined, at: string): string[] {
  if (!accepted) return [];
  const others = sent?.filter((value) => !accepted.includes(value)) ?? ['any'];
  return others.map((value) => `${at}: the value ${value} is not in both`);
}
