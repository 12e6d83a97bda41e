/**
 * The `sluice` command: `npm run sluice -- --help`. Exit codes: docs/cli.md.
 */

import { CommanderError } from 'commander';
import { messageOf } from '../scripts/command.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { sluice } from './program.ts';

// The reader of the output, such as `head`, has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await sluice().parseAsync();
} catch (error) {
  // Commander has printed its own messages: help, version or what is wrong with the command line.
  if (error instanceof CommanderError) process.exitCode = error.exitCode && EXIT.usage;
  else {
    console.error(messageOf(error as Error));
    process.exitCode = exitCodeOf(error);
  }
}
