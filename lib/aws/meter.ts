/**
 * Counts the calls to AWS, for the cost per payout: requests per operation, and items written (each item of a transaction
 * or batch counts).
 */
export type Meter = { readonly requests: Record<string, number>; itemWrites: number };

const shared = globalThis as { sluiceMeter?: Meter };
shared.sluiceMeter ??= { requests: {}, itemWrites: 0 };

/** One per process: it is on globalThis because each function's bundle has its own copy of this module. */
export const meter: Meter = shared.sluiceMeter;

type Middleware = (
  next: (args: { input: unknown }) => Promise<unknown>,
  context: { commandName?: string },
) => (args: { input: unknown }) => Promise<unknown>;
type MeterableClient = { middlewareStack: { add(middleware: Middleware, options: object): void } };

/** Adds the meter to a client. */
export function metered<Client>(client: Client): Client {
  (client as unknown as MeterableClient).middlewareStack.add(
    (next, { commandName = 'unknown' }) =>
      (args) => {
        meter.requests[commandName] = (meter.requests[commandName] ?? 0) + 1;
        meter.itemWrites += itemsWritten(commandName, args.input);
        return next(args);
      },
    { step: 'finalizeRequest', name: 'sluiceMeter', priority: 'low' }, // after the retry: each try counts
  );
  return client;
}

function itemsWritten(command: string, input: unknown): number {
  switch (command) {
    case 'PutItemCommand':
    case 'UpdateItemCommand':
    case 'DeleteItemCommand':
      return 1;
    case 'TransactWriteItemsCommand':
      return (input as { TransactItems?: unknown[] }).TransactItems?.length ?? 0;
    case 'BatchWriteItemCommand':
      return Object.values((input as { RequestItems?: Record<string, unknown[]> }).RequestItems ?? {}).flat().length;
    default:
      return 0;
  }
}
