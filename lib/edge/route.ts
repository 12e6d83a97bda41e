import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type { z } from 'zod';
import { AppError, type ErrorCode, type ErrorDetail } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { type Admit, admittedBy } from './admission.ts';
import { type HttpAnswer, type HttpRequest, http, type Scope } from './http.ts';
import { router } from './router.ts';

/*
 * Route tables: the contract of each HTTP route beside its handler. The dispatch inside a function, the events of the
 * deployment, the OpenAPI document and the client's types follow from these tables.
 */

/** One answer of a route. Its body is JSON of the schema, or text. */
export type AnswerContract = {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The content type of text or bytes. A `schema` beside it describes the JSON form. */
  readonly type?: string;
  /** Further headers of this route, with their descriptions. */
  readonly headers?: Readonly<Record<string, string>>;
  /** By the id of the operation. */
  readonly links?: Readonly<Record<string, Link>>;
};
type Answers = Readonly<Record<number, AnswerContract>>;

/**
 * What a client can do with an answer: where the parameters or the body of another operation come from, as runtime expressions
 * (OpenAPI 3.1, section 4.8.20).
 */
export type Link = {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly requestBody?: Readonly<Record<string, string>>;
};

type KeyRule = 'optional' | 'required' | undefined;
type KeyOf<Rule extends KeyRule> = Rule extends 'required' ? IdempotencyKey : IdempotencyKey | undefined;

/** What a route accepts and answers. All parameters and bodies are checked against its schemas. */
export type Contract<Query, Params, Body, Rule extends KeyRule = KeyRule, Returned extends Answers = Answers> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The resource of API Gateway, such as `/batches/{batch_id}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly scope: Scope;
  /** The header Idempotency-Key. Without a rule the route ignores it. */
  readonly key?: Rule;
  readonly query?: z.ZodType<Query>;
  readonly params?: z.ZodType<Params>;
  readonly body?: z.ZodType<Body>;
  /** The media types of the body, if it is not JSON only. Others are binary; `body` describes the JSON form. */
  readonly bodyTypes?: readonly string[];
  readonly answers: Returned;
  /** Error codes besides those that follow from the rest of the contract. */
  readonly errors?: readonly ErrorCode[];
  /** Procedures of RPC: errors have the statuses and the body of Connect's protocol (rpc.ts). */
  readonly protocol?: 'connect';
  /** An answer with the problems of an invalid request, for queries that ask for them. */
  whenInvalid?(query: Query, problems: readonly ErrorDetail[]): HttpAnswer | undefined;
  /** Answers have an ETag, and requests may have If-None-Match: clients read the resource until it has changed. */
  readonly polled?: boolean;
};

type JsonBody<Answer> = Answer extends { readonly schema: infer Schema extends z.ZodType } ? z.input<Schema> : never;
type TextBody = string | Buffer;
/** The answers that the contract declares. */
type AnswerOf<Returned extends Answers> = {
  [Status in keyof Returned & number]: Omit<HttpAnswer, 'status' | 'body'> & {
    readonly status: Status;
    readonly body: JsonBody<Returned[Status]> | TextBody;
  };
}[keyof Returned & number];

export type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;
export type Route = Contract<unknown, unknown, unknown> & { readonly handler: Handler };
/** Routes by the id of their operation. */
export type Routes = Readonly<Record<string, Route>>;

/**
 * A route: its contract, and then the Lambda handler that checks requests against it. In two steps, so that TypeScript knows
 * the contract when it checks the answers.
 */
export function route<
  Query = object,
  Params = object,
  Body = undefined,
  const Rule extends KeyRule = undefined,
  const Returned extends Answers = Answers,
>(contract: Contract<Query, Params, Body, Rule, Returned>) {
  return (handle: (request: HttpRequest<Query, Params, Body, KeyOf<Rule>>) => Promise<AnswerOf<Returned>>): Route => ({
    ...contract,
    handler: http(contract, handle),
  });
}

/** The Lambda handler of a table. @param admit limits the requests of a key */
export function dispatch(routes: Routes, admit: Admit): Handler {
  const find = router(Object.values(routes));
  return (event, context) => {
    const { route, parameters } = find(event) ?? {};
    const found = route ? { ...event, resource: route.path, pathParameters: parameters ?? null } : event;
    return admittedBy(admit, () => (route?.handler ?? unknownRoute)(found, context));
  };
}

const unknownRoute = http({ scope: 'public' }, async () => {
  throw new AppError('NOT_FOUND', { message: 'There is no such route.' });
});
