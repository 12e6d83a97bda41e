/**
 * The `sluice` command: `npm run sluice -- --help`.
 *
 * Exit code 0; 1 if the service refuses the request or a check finds a problem; 2 if the command line is wrong or the
 * service does not answer.
 */

import { CommanderError } from 'commander';
import { SluiceError } from '../client/index.ts';
import { AppError } from '../lib/kernel/errors.ts';
import { run } from '../scripts/command.ts';
import { sluice } from './program.ts';

await run(
  async () => {
    try {
      await sluice().parseAsync();
    } catch (error) {
      // Commander has printed its own messages: help, version or what is wrong with the command line.
      if (!(error instanceof CommanderError)) throw error;
      process.exitCode = error.exitCode && 2;
    }
    return Number(process.exitCode ?? 0);
  },
  (error) => (error instanceof SluiceError || error instanceof AppError ? 1 : 2),
);
