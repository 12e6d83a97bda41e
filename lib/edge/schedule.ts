import middy from '@middy/core';
import { logger } from './log.ts';

/**
 * Makes a Lambda handler for a scheduled rule; whoever invokes it by hand gets its result. A failure is logged and
 * thrown: the rule's own retries apply.
 */
export function schedule<Result extends Record<string, unknown>>(run: () => Promise<Result>) {
  return middy().handler(async (): Promise<Result> => {
    try {
      const result = await run();
      logger.info('scheduled run', result);
      return result;
    } catch (error) {
      logger.error('scheduled run failed', { error: error as Error });
      throw error;
    }
  });
}
