import middy from '@middy/core';
import type { z } from 'zod';
import { logger } from './log.ts';

/**
 * Makes a Lambda handler for a step of a state machine: its input is checked, its failure is logged and thrown, for the
 * machine's own Retry and Catch to deal with.
 */
export function step<Input extends z.ZodType, Output>(input: Input, run: (input: z.output<Input>) => Promise<Output>) {
  return middy().handler(async (event: unknown): Promise<Output> => {
    try {
      const output = await run(input.parse(event));
      logger.debug('step', { input: event as object });
      return output;
    } catch (error) {
      logger.error('step failed', { input: event as object, error: error as Error });
      throw error;
    }
  });
}
