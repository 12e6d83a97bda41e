import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { LogFields } from '../kernel/log.ts';
import { runtime } from '../runtime.ts';
import { type Origin, within } from './context.ts';
import { logger } from './log.ts';

/** How one kind of event (a request, a message, a scheduled run, a step) passes through the chain. */
export type Kind<Event, Input, Answer> = {
  readonly origin: (event: Event, context: Context) => Origin;
  /** Checks the event and returns the handler's input. It may add log fields. It throws on an invalid event. */
  readonly read: (event: Event, context: Context) => Input | Promise<Input>;
  /** The answer to a failure. Without it the failure is thrown, so that Lambda or the caller repeats the event. */
  readonly answerTo?: (error: unknown) => Answer;
  /** The one log line of the event. A batch logs one line per message instead. */
  readonly line?: (outcome: Outcome<Event, Answer>) => Line;
};

/** `failure`: the handler or a check threw. `answer` is absent if the failure has no answer. */
export type Outcome<Event, Answer> = {
  readonly event: Event;
  readonly answer?: Answer | null | undefined;
  readonly failure?: { readonly error: unknown };
};

/** The chain adds `latency_ms`. */
export type Line = {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
};

/**
 * The chain of every Lambda handler: request context, then the middlewares log line, errors and validation, then the
 * handler. A failure passes them in the opposite order, so that the log line shows the answer to it.
 */
export function chain<Event, Input, Answer>(
  kind: Kind<Event, Input, Answer>,
  handle: (input: Input) => Promise<Answer>,
): (event: Event, context: Context) => Promise<Answer> {
  // Lambda ends what takes too long. An earlier answer would leave work behind that Lambda freezes.
  const run = middy<Event, Answer>({ timeoutEarlyInMillis: 0 })
    .use(logLine(kind))
    .use(errors(kind))
    .use(validation(kind))
    .handler((checked: unknown) => handle(checked as Input)); // validation has replaced the event
  return (event, context) => within(kind.origin(event, context), () => run(event, context));
}

type Middleware<Event, Answer> = middy.MiddlewareObj<Event, Answer, unknown, Context, { start?: Start<Event> }>;
/** The original event: validation replaces it by the handler's input. */
type Start<Event> = { readonly at: number; readonly event: Event };

function logLine<Event, Input, Answer>({ line }: Kind<Event, Input, Answer>): Middleware<Event, Answer> {
  const log = ({ event, at }: Start<Event>, outcome: Omit<Outcome<Event, Answer>, 'event'>) => {
    if (!line) return;
    const { level, message, fields } = line({ event, ...outcome });
    logger[level](message, { ...fields, latency_ms: Math.max(0, Math.round(runtime().now() - at)) });
  };
  return {
    before: ({ event, internal }) => {
      internal.start = { at: runtime().now(), event };
    },
    after: ({ internal: { start }, response: answer }) => start && log(start, { answer }),
    onError: ({ internal: { start }, response: answer, error }) => start && log(start, { answer, failure: { error } }),
  };
}

function errors<Event, Input, Answer>({ answerTo }: Kind<Event, Input, Answer>): Middleware<Event, Answer> {
  return {
    onError: (request) => {
      if (answerTo) request.response = answerTo(request.error);
    },
  };
}

function validation<Event, Input, Answer>({ read }: Kind<Event, Input, Answer>): Middleware<Event, Answer> {
  return {
    before: async (request) => {
      Object.assign(request, { event: await read(request.event, request.context) });
    },
  };
}

/** The line of an event whose failure is thrown: `<message>` with fields of the result, or `<message> failed`. */
export function lineOf<Event, Answer>(
  message: string,
  fieldsOf: (answer: Answer) => LogFields,
  level: Line['level'] = 'info',
): (outcome: Outcome<Event, Answer>) => Line {
  return ({ answer, failure }) => {
    if (failure) return { level: 'error', message: `${message} failed`, fields: { error: failure.error as Error } };
    return { level, message, fields: fieldsOf(answer as Answer) };
  };
}
