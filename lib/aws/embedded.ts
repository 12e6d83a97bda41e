import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

type Request = { readonly hostname: string; body: Uint8Array };
type Next = (args: { request: Request }) => Promise<unknown>;
type Middleware = (next: Next, context: { readonly commandName?: string }) => Next;
type Stack = { add(middleware: Middleware, options: object): void };

/** Where the SDK puts the token: at the end of the body, with a UUID as its value. */
const TOKEN = ',"ClientRequestToken":"';
const TOKEN_BYTES = TOKEN.length + 36 + '"}'.length;

/**
 * Sends transactions without a client token, because the embedded DynamoDB (dynoxide 1.2.1) remembers each token for ten minutes
 * and slows down with each one. For another host than this machine it changes nothing.
 *
 * The token is what makes the SDK's repetition of a transaction safe after a lost answer. Without it such a transaction is not
 * repeated: it fails. To the caller this is the same as a death between the write and its answer, which every use case
 * survives.
 */
export function withoutClientTokens(client: DynamoDBClient): DynamoDBClient {
  const stack = client.middlewareStack as unknown as Stack;
  const onTransactions = (work: (next: Next) => Next): Middleware => {
    return (next, { commandName }) => {
      if (commandName !== 'TransactWriteItemsCommand') return next;
      const changed = work(next);
      return (args) => (args.request.hostname === '127.0.0.1' ? changed(args) : next(args));
    };
  };
  const removeToken = onTransactions((next) => (args) => {
    args.request.body = withoutToken(args.request.body);
    return next(args);
  });
  const failOnce = onTransactions((next) => (args) => next(args).catch(refuseRetry));
  stack.add(removeToken, { step: 'build', name: 'removeToken', priority: 'high' }); // before the length is computed
  stack.add(failOnce, { step: 'finalizeRequest', name: 'failOnce', priority: 'low' }); // inside the retry
  return client;
}

function withoutToken(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength); // the SDK warns if its own type is used as text
  const start = text.length - TOKEN_BYTES;
  if (text.toString('latin1', start, start + TOKEN.length) !== TOKEN) return body;
  return Buffer.concat([text.subarray(0, start), Buffer.from('}')]);
}

/** After an answer with a status below 500 nothing was written. The SDK retries an error whose cause is a broken connection. */
function refuseRetry(error: Error & { readonly $metadata?: { readonly httpStatusCode?: number } }): never {
  const status = error.$metadata?.httpStatusCode ?? 500;
  throw status < 500 ? error : new Error(`The answer to a transaction was lost: ${error.name}: ${error.message}`);
}
