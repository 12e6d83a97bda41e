import middy from '@middy/core';
import { logger } from './log.ts';

/** Makes a Lambda handler for a scheduled rule. A failure is logged and thrown: the rule's own retries apply. */
export function schedule(run: () => Promise<Record<string, unknown>>) {
  return middy().handler(async (): Promise<void> => {
    try {
      logger.info('scheduled run', await run());
    } catch (error) {
      logger.error('scheduled run failed', { error: error as Error });
      throw error;
    }
  });
}
