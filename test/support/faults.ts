import { setTimeout } from 'node:timers/promises';
import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { Process } from './crash.ts';
import { documentClient } from './database.ts';

type Next = (args: { input: unknown }) => Promise<unknown>;
type Middleware = (next: Next, context: { commandName?: string }) => Next;
type FaultableClient = { middlewareStack: { add(middleware: Middleware, options: object): void } };

/**
 * Puts a function between an SDK client and its server. It runs for each try of a command, inside the SDK's own retry.
 * `strike` answers in place of the server, throws, or passes the try on and may change the answer.
 */
export function between<Client>(
  client: Client,
  strike: (command: string, pass: () => Promise<unknown>, input: unknown) => Promise<unknown>,
) {
  (client as unknown as FaultableClient).middlewareStack.add(
    (next, { commandName = 'unknown' }) =>
      (args) =>
        strike(commandName, () => next(args), args.input),
    { step: 'finalizeRequest', name: 'fault', priority: 'low' },
  );
  return client;
}

/** The first try of a command has its effect, and its answer gets lost on the way back. @param part occurs in its input */
export function losesFirstAnswerTo(wanted: string | RegExp, part = '') {
  let isLost = false;
  return async (command: string, pass: () => Promise<unknown>, input: unknown) => {
    const answer = await pass();
    if (isLost || !command.match(wanted) || !JSON.stringify(input).includes(part)) return answer;
    isLost = true;
    throw Object.assign(new Error('the connection broke'), { name: 'TimeoutError', $metadata: {} });
  };
}

/** A client each of whose requests is an await of the process. @param conflicts transactions that conflict before one succeeds */
export function mortalClient<Client, Deps extends object>(
  client: Client,
  process: Process<Deps>,
  conflicts = 0,
): Client {
  let left = conflicts;
  return between(client, (command, pass) =>
    process.await(command, async () => {
      if (command !== 'TransactWriteItemsCommand' || left === 0) return pass();
      left -= 1;
      throw cancelled('TransactionConflict');
    }),
  );
}

/** A transaction that DynamoDB cancels, with a reason for each of its items. */
export function cancelled(...reasons: (string | CancellationReason)[]): TransactionCanceledException {
  const CancellationReasons = reasons.map((reason) => (typeof reason === 'string' ? { Code: reason } : reason));
  return new TransactionCanceledException({ message: 'cancelled', CancellationReasons, $metadata: {} });
}

/** A client whose first transactions are cancelled, each with one of these lists of reasons. More can be added to `left`. */
export function cancelling(...reasons: (string | CancellationReason)[][]) {
  const left = [...reasons];
  const client = between(documentClient(), async (command, pass) => {
    const codes = command === 'TransactWriteItemsCommand' ? left.shift() : undefined;
    if (codes) throw cancelled(...codes);
    return pass();
  });
  return { client, left };
}

type Key = { readonly pk: unknown; readonly sk: unknown };
type Written = { readonly Put: { readonly Item: Key } } | { readonly Update: { readonly Key: Key } };

/**
 * Cancels a transaction that meets another one on the same item, as DynamoDB does and dynoxide does not. For clients of
 * one database, which share it.
 * @param holdMs how long a transaction holds its items beyond the time that the emulator takes
 */
export function conflicting(holdMs: number) {
  const held = new Set<string>();
  return async (command: string, pass: () => Promise<unknown>, input: unknown) => {
    if (command !== 'TransactWriteItemsCommand') return pass();
    const items = (input as { TransactItems: Written[] }).TransactItems.map((written) => {
      const { pk, sk } = 'Put' in written ? written.Put.Item : written.Update.Key;
      return JSON.stringify([pk, sk]);
    });
    const codes = items.map((item) => (held.has(item) ? 'TransactionConflict' : 'None'));
    if (codes.includes('TransactionConflict')) throw cancelled(...codes);
    for (const item of items) held.add(item);
    try {
      const answer = await pass();
      await setTimeout(holdMs);
      return answer;
    } finally {
      for (const item of items) held.delete(item);
    }
  };
}
