import type { LogFields } from '../kernel/log.ts';
import { addLogFields, within } from './context.ts';
import { logger } from './log.ts';

type Line = {
  readonly requestId: string;
  readonly message: string;
  /** Said by every line that is logged meanwhile, too. */
  readonly fields: LogFields;
  /** Of the line, if all goes well. */
  readonly level?: 'debug' | 'info';
};

/** Runs a message, a scheduled run or a step under its request id and logs one line of it. A failure is logged and thrown. */
export function withLogLine<Result>(
  { requestId, message, fields, level = 'info' }: Line,
  run: () => Promise<Result>,
  came: (result: Result) => LogFields,
): Promise<Result> {
  return within(requestId, async () => {
    addLogFields(fields);
    const started = performance.now();
    const latency = () => ({ latency_ms: Math.round(performance.now() - started) });
    try {
      const result = await run();
      logger[level](message, { ...came(result), ...latency() });
      return result;
    } catch (error) {
      logger.error(`${message} failed`, { ...latency(), error: error as Error });
      throw error;
    }
  });
}
