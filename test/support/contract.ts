import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/*
 * Compares answers of the service with the OpenAPI document.
 */

type Named<Value> = Readonly<Record<string, Value>>;
type ResponseObject = { readonly headers?: Named<unknown>; readonly content?: Named<unknown> };
type OperationObject = {
  readonly operationId?: string;
  readonly requestBody?: { readonly content: Named<unknown> };
  readonly responses?: Named<ResponseObject | { readonly $ref: string }>;
};
/** The parts of a document that are read here. */
type OpenApi = {
  readonly paths?: Named<Named<OperationObject>>;
  readonly components?: { readonly responses?: Named<ResponseObject> };
};

export type Exchange = {
  readonly method: string;
  /** As it was sent, with or without a query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
};

/** Headers of connections and caches, which the document does not declare. */
const OF_THE_TRANSPORT = new Set([
  'accept-ranges',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'vary',
  ...['x-amz-apigw-id', 'x-amz-request-id', 'x-amzn-errortype', 'x-amzn-requestid', 'x-amzn-trace-id'], // of API Gateway
]);
const ERROR_RESPONSES = '#/components/responses/';

let ofTheService: ContractChecker | undefined;

/** The checker of docs/openapi.json. */
export function contract(): ContractChecker {
  const path = join(import.meta.dirname, '../../docs/openapi.json');
  ofTheService ??= new ContractChecker(JSON.parse(readFileSync(path, 'utf8')));
  return ofTheService;
}

/** @throws Error with what docs/openapi.json does not declare of an answer */
export function expectDeclared(exchange: Exchange): void {
  const problems = contract().problemsOf(exchange);
  if (problems.length === 0) return;
  const { method, path, status, text } = exchange;
  throw new Error(
    [`${method} ${path} answered ${status}, not as docs/openapi.json declares it:`, ...problems, text].join('\n'),
  );
}

/** Checks answers against one document. */
export class ContractChecker {
  readonly #document: OpenApi;
  readonly #ajv = addFormats.default(new Ajv2020({ allErrors: true, strict: false, validateFormats: true }));
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #routes: readonly { method: string; path: string; pattern: RegExp; operation: OperationObject }[];

  /** @param document OpenAPI 3.1 */
  constructor(document: object) {
    this.#document = document;
    this.#ajv.addFormat('uint64', /^\d+$/); // of RPC, where it is a string
    this.#ajv.addSchema(closed(document) as object, 'document', undefined, false);
    this.#routes = Object.entries(this.#document.paths ?? {})
      .sort(([a], [b]) => variables(a) - variables(b)) // API Gateway prefers fixed segments
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ method, path, pattern: patternOf(path), operation })),
      );
  }

  /** The id of the operation that serves a request. */
  operationOf(method: string, path: string): string | undefined {
    return this.#routeOf(method, path)?.operation.operationId;
  }

  /** What the document does not declare, one line each. Undeclared fields are problems too. */
  problemsOf(exchange: Exchange): string[] {
    const route = this.#routeOf(exchange.method, exchange.path);
    if (!route) return ofUnknownRoute(exchange);
    const { responses = {} } = route.operation;
    const declared = responses[exchange.status];
    if (!declared) return [`the status is not declared; declared: ${Object.keys(responses).join(', ')}`];
    if (!('$ref' in declared)) {
      const place = ['#', ...['paths', route.path, route.method, 'responses', `${exchange.status}`].map(escaped)];
      return this.#problemsIn(declared, place.join('/'), exchange);
    }
    const name = declared.$ref.slice(ERROR_RESPONSES.length);
    const response = this.#document.components?.responses?.[name] ?? {};
    const problems = this.#problemsIn(response, declared.$ref, exchange);
    return problems.length > 0 ? problems : wrongCode(name.replace('rpc.', '').split('-'), exchange);
  }

  /** What is wrong with the JSON body of a request. */
  problemsOfRequest({ method, path, body }: { method: string; path: string; body: unknown }): string[] {
    const route = this.#routeOf(method, path);
    if (!route?.operation.requestBody) return ['the operation takes no body'];
    const place = ['#', ...['paths', route.path, route.method, 'requestBody', 'content'].map(escaped)];
    return this.#problemsOfJson(`${place.join('/')}/${escaped('application/json')}/schema`, body);
  }

  #routeOf(method: string, path: string) {
    const { pathname } = new URL(path, 'http://service');
    return this.#routes.find((route) => route.method === method.toLowerCase() && route.pattern.test(pathname));
  }

  #problemsIn({ headers = {}, content }: ResponseObject, place: string, { headers: given, text }: Exchange): string[] {
    const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    const undeclared = [...given.keys()].filter((name) => !names.has(name) && !OF_THE_TRANSPORT.has(name));
    return [
      ...undeclared.map((name) => `the header ${name} is not declared`),
      ...this.#problemsOfBody(content, `${place}/content`, given.get('content-type') ?? '', text),
    ];
  }

  #problemsOfBody(content: ResponseObject['content'], place: string, given: string, text: string): string[] {
    if (!content) return text === '' ? [] : ['a body is not declared'];
    const type = mediaType(given);
    const range = `${type.split('/')[0]}/*`;
    const declared = Object.keys(content).find((each) => [type, range].includes(mediaType(each)));
    if (declared === undefined) return [`the content type "${given}" is not declared`];
    return declared === 'application/json'
      ? this.#problemsOfJson(`${place}/${escaped(declared)}/schema`, JSON.parse(text))
      : [];
  }

  #problemsOfJson(place: string, body: unknown): string[] {
    const validate = this.#validator(place);
    validate(body);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `body${instancePath} ${message}: ${Object.values(params).join(', ')}`,
    );
  }

  #validator(place: string): ValidateFunction {
    const validator = this.#validators.get(place) ?? this.#ajv.compile({ $ref: `document${place}` });
    this.#validators.set(place, validator);
    return validator;
  }
}

const mediaType = (withParameters: string) => withParameters.split(';')[0] ?? '';
const variables = (path: string) => path.split('{').length;
const patternOf = (path: string) => new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
/** A part of a JSON pointer in a URI (RFC 6901, section 6). */
const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

/** The gateway answers requests that no route has. */
function ofUnknownRoute({ status, text }: Exchange): string[] {
  const problem = 'no route has this path and method, so 404 NOT_FOUND is the only answer';
  return status === 404 ? wrongCode(['NOT_FOUND'], { text }).map(() => problem) : [problem];
}

type ErrorBody = {
  readonly error?: { readonly code: string };
  /** Of RPC (https://connectrpc.com/docs/protocol#error-end-stream). */
  readonly details?: readonly { readonly debug: { readonly code: string } }[];
};

/** The code of the registry in the body of an error; empty if there is none. */
export function codeOf(text: string): string {
  const { error, details } = JSON.parse(text) as ErrorBody;
  return (error ?? details?.[0]?.debug)?.code ?? '';
}

function wrongCode(codes: readonly string[], { text }: Pick<Exchange, 'text'>): string[] {
  const code = codeOf(text);
  return codes.includes(code) ? [] : [`the code ${code} is not declared; declared: ${codes.join(', ')}`];
}

/** The document lets answers grow. Here each object has the declared fields only. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const copy = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, closed(value)]));
  const isClosable = copy.type === 'object' && 'properties' in copy && !('additionalProperties' in copy);
  return isClosable ? { ...copy, additionalProperties: false } : copy;
}
