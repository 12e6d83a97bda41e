type Next = (args: { input: unknown }) => Promise<unknown>;
type Middleware = (next: Next, context: { commandName?: string }) => Next;
type FaultableClient = { middlewareStack: { add(middleware: Middleware, options: object): void } };

/**
 * Puts something between an SDK client and its server, inside the SDK's own retry: each try of a command passes here.
 * `strike` answers in place of the server, throws, or passes the try on and does what it likes with the answer.
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

/** The first try of a command has its effect, and its answer gets lost on the way back. */
export function losesFirstAnswerTo(wanted: string) {
  let isLost = false;
  return async (command: string, pass: () => Promise<unknown>) => {
    const answer = await pass();
    if (isLost || command !== wanted) return answer;
    isLost = true;
    throw Object.assign(new Error('the connection broke'), { name: 'TimeoutError', $metadata: {} });
  };
}
