/**
 * Runs the functions in this process. serverless-offline can do that too, but at each invocation it sets the environment, reads
 * package.json and leaves a timer behind until the function's timeout; and it invokes the authorizer for each request.
 */

import { randomUUID } from 'node:crypto';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Lambda from 'serverless-offline/lambda';
import type { Invoke } from '../lambda.ts';
import type { FunctionDefinition, Serverless } from './serverless.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;

/** What an `http` event of a function says about its authorizer. */
type HttpEvent = { readonly authorizer?: { readonly name: string; readonly resultTtlInSeconds?: number } };

/** AWS's defaults, in seconds. */
const AUTHORIZER_TTL = 300;
const FUNCTION_TIMEOUT = 6;

export class Functions {
  readonly #byKey: ReadonlyMap<string, LocalFunction>;
  readonly #byName: ReadonlyMap<string, LocalFunction>;

  /** Sets the environment of the functions. @param now milliseconds */
  constructor({ service, serviceDir }: Serverless, now = () => performance.now()) {
    const ttls = authorizerTtls(service.functions);
    const directory = join(serviceDir, service.custom?.['serverless-offline']?.location ?? '');
    const timeout = service.provider.timeout ?? FUNCTION_TIMEOUT;
    const functions = Object.entries(service.functions).map(([key, definition]) => {
      Object.assign(process.env, service.provider.environment, definition.environment);
      const ttlSeconds = ttls.get(key);
      const options = { timeout, ...definition, directory, now };
      return [
        key,
        ttlSeconds === undefined ? new LocalFunction(options) : new LocalAuthorizer(options, ttlSeconds),
      ] as const;
    });
    this.#byKey = new Map(functions);
    this.#byName = new Map(functions.map(([, each]) => [each.name, each]));
  }

  /** Makes serverless-offline run the functions here. */
  replaceRunner(): void {
    Lambda.prototype.get = (key) => {
      let event: unknown;
      return {
        setEvent: (given) => {
          event = given;
        },
        setClientContext() {},
        runHandler: () => this.#byKey.get(key)?.run(event) ?? Promise.reject(new Error(`There is no function ${key}`)),
      };
    };
  }

  /** As over the network, the function gets a copy of the payload, and the caller a copy of the result. */
  readonly invoke: Invoke = async (name, payload) => {
    const invoked = this.#byName.get(name);
    if (invoked === undefined) throw new Error(`There is no function ${name}`);
    return copyOf(await invoked.run(copyOf(payload)));
  };
}

const copyOf = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

/** How long the results of each authorizer are kept, in seconds. Several routes share an authorizer. */
function authorizerTtls(functions: Serverless['service']['functions']): ReadonlyMap<string, number> {
  const events = Object.values(functions).flatMap((definition) => definition.events ?? []);
  const authorizers = events.flatMap(({ http }) => (http as HttpEvent | undefined)?.authorizer ?? []);
  return new Map(authorizers.map(({ name, resultTtlInSeconds = AUTHORIZER_TTL }) => [name, resultTtlInSeconds]));
}

type Options = Pick<FunctionDefinition, 'name' | 'handler'> & {
  /** In seconds. */
  readonly timeout: number;
  /** Where the bundles are. */
  readonly directory: string;
  readonly now: () => number;
};

class LocalFunction {
  readonly #options: Options;
  #handler: Promise<Handler> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** @throws Error with 504 in its message, which the gateway answers, if the function takes too long */
  async run(event: unknown): Promise<unknown> {
    this.#handler ??= this.#import();
    const handler = await this.#handler;
    const { timeout, name, now } = this.#options;
    const timedOut = Promise.withResolvers<never>();
    const timer = setTimeout(() => timedOut.reject(new Error('[504] - Lambda timeout.')), timeout * 1_000);
    const endsAt = now() + timeout * 1_000;
    const context = {
      awsRequestId: randomUUID(),
      functionName: name,
      getRemainingTimeInMillis: () => Math.max(0, Math.floor(endsAt - now())),
    };
    try {
      return await Promise.race([handler(event, context), timedOut.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** functions/payouts/create-batch.handler is the export `handler` of functions/payouts/create-batch.mjs. */
  async #import(): Promise<Handler> {
    const { directory, handler } = this.#options;
    const extension = extname(handler);
    const file = join(directory, `${handler.slice(0, -extension.length)}.mjs`);
    const module: Record<string, Handler> = await import(pathToFileURL(file).href);
    const found = module[extension.slice(1)];
    if (found === undefined) throw new Error(`${file} does not export ${extension.slice(1)}`);
    return found;
  }
}

/** An authorizer whose results are kept, as API Gateway keeps them. A refusal by an error is not kept. */
class LocalAuthorizer extends LocalFunction {
  readonly #ttlMs: number;
  readonly #now: () => number;
  readonly #kept = new Map<unknown, { readonly result: unknown; readonly until: number }>();

  constructor(options: Options, ttlSeconds: number) {
    super(options);
    this.#ttlMs = ttlSeconds * 1_000;
    this.#now = options.now;
  }

  override async run(event: unknown): Promise<unknown> {
    const { identitySource } = event as { identitySource: unknown };
    const kept = this.#kept.get(identitySource);
    if (kept && this.#now() < kept.until) return copyOf(kept.result); // serverless-offline changes it
    this.#kept.delete(identitySource);
    const result = await super.run(event);
    this.#kept.set(identitySource, { result: copyOf(result), until: this.#now() + this.#ttlMs });
    return result;
  }
}
