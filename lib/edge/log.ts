import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { logLevel } from '../config.ts';
import { exactNumber } from '../kernel/exact-json.ts';
import type { Log, LogFields, LogValue } from '../kernel/log.ts';
import { currentFields } from './context.ts';

const SERVICE = 'sluice';
/** How far causes of causes are followed, and how many errors of one that stands for many. */
const MAX_DEPTH = 5;
const MAX_ERRORS = 5;

/**
 * One JSON line per event: timestamp, level, message, service, request id, what was noted for the request, and the
 * line's own fields, which prevail. Nothing of a request is kept in the logger, which all requests of a process share.
 */
export const logger: Log = {
  debug: (message, fields = {}) => lines().debug(message, fields as LogAttributes),
  info: (message, fields = {}) => lines().info(message, fields as LogAttributes),
  warn: (message, fields = {}) => lines().warn(message, fields as LogAttributes),
  error: (message, fields = {}) => lines().error(message, fields as LogAttributes),
};

class Lines extends LogFormatter {
  /** Of one that stands under another name than `error`. */
  override formatError(error: Error): LogAttributes {
    return errorFields(error) as LogAttributes;
  }

  override formatAttributes({ timestamp, logLevel, message }: UnformattedAttributes, fields: LogAttributes): LogItem {
    const { error, ...others } = fields;
    return new LogItem({
      attributes: {
        timestamp: timestamp.toISOString(),
        level: logLevel.toLowerCase(),
        message,
        service: SERVICE,
        ...currentFields(),
        ...others,
        ...(error === undefined ? {} : { error: errorFields(error) }),
      },
    });
  }
}

let made: Logger | undefined;

/** Made when first needed, since LOG_LEVEL is read by then. */
function lines(): Logger {
  made ??= new Logger({
    serviceName: SERVICE,
    logLevel: logLevel().toUpperCase() as 'INFO',
    logFormatter: new Lines(),
    jsonReplacerFn: (_key, value) => (typeof value === 'bigint' ? exactNumber(`${value}`) : value),
  });
  return made;
}

/**
 * Only what every error has. Errors of the AWS SDK carry the items that refused a condition, account numbers and all.
 */
function errorFields(thrown: unknown, depth = 1): LogFields {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: String(thrown) };
  const { name, message, stack, cause } = thrown;
  const inner = (value: unknown): LogValue => errorFields(value, depth + 1);
  const isDeep = depth === MAX_DEPTH;
  return {
    name,
    message,
    stack,
    ...(cause === undefined || isDeep ? {} : { cause: inner(cause) }),
    // Node says in these alone why it could not connect.
    ...(thrown instanceof AggregateError && !isDeep ? { errors: thrown.errors.slice(0, MAX_ERRORS).map(inner) } : {}),
  };
}
