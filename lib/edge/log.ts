import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { settingOf } from '../config.ts';
import { exactNumber } from '../kernel/exact-json.ts';
import type { Log, LogFields, LogValue } from '../kernel/log.ts';
import { currentFields } from './context.ts';

const SERVICE = 'sluice';
/** The depth of nested causes that are logged, and the number of errors of an AggregateError. */
const MAX_DEPTH = 5;
const MAX_ERRORS = 5;

/**
 * One JSON line per event: timestamp, level, message, service, request id, the fields of the request, and the line's own
 * fields, which override them. All requests of a process share the logger, so it keeps no state of a request.
 */
export const logger: Log = {
  debug: (message, fields = {}) => lines().debug(message, fields as LogAttributes),
  info: (message, fields = {}) => lines().info(message, fields as LogAttributes),
  warn: (message, fields = {}) => lines().warn(message, fields as LogAttributes),
  error: (message, fields = {}) => lines().error(message, fields as LogAttributes),
};

class Lines extends LogFormatter {
  /** For errors in fields other than `error`. */
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

let instance: Logger | undefined;

/** Created on first use, because it reads LOG_LEVEL. */
function lines(): Logger {
  instance ??= new Logger({
    serviceName: SERVICE,
    logLevel: settingOf('LOG_LEVEL').toUpperCase() as 'INFO',
    logFormatter: new Lines(),
    jsonReplacerFn: (_key, value) => (typeof value === 'bigint' ? exactNumber(`${value}`) : value),
  });
  return instance;
}

/** Only the fields that every error has: errors of the AWS SDK contain stored items, with account numbers. */
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
    // Only these have the reason why Node could not connect.
    ...(thrown instanceof AggregateError && !isDeep ? { errors: thrown.errors.slice(0, MAX_ERRORS).map(inner) } : {}),
  };
}
