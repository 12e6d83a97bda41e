import { CommanderError } from 'commander';
import { isSluiceError } from '../client/index.ts';
import { AppError } from '../lib/kernel/errors.ts';
import { BadInput, Refused, Unexpected } from '../scripts/endpoints.ts';

/** The exit codes of the command (docs/cli.md). */
export const EXIT = { done: 0, failed: 1, usage: 2, unknown: 3, interrupted: 130 } as const;

/** After these answers of the service it is not known whether a request had an effect. */
const UNKNOWN_AFTER = [500, 503, 504];

/** Whether the request may have had its effect, or may still get it. */
export function isOutcomeUnknown(error: unknown): boolean {
  if (isSluiceError(error)) return UNKNOWN_AFTER.includes(error.status) || error.code === 'REQUEST_IN_PROGRESS';
  return !(error instanceof AppError || error instanceof Refused || isBadInput(error));
}

const isBadInput = (error: unknown) =>
  error instanceof BadInput ||
  error instanceof CommanderError ||
  (error as NodeJS.ErrnoException | undefined)?.syscall === 'open';

export function exitCodeOf(error: unknown): number {
  if (isOutcomeUnknown(error)) return EXIT.unknown;
  return isBadInput(error) ? EXIT.usage : EXIT.failed;
}

/** Sends a request that changes something. @param advice how to learn its outcome, if the answer is lost */
export async function withAdvice<Result>(advice: string, request: () => Promise<Result>): Promise<Result> {
  try {
    return await request();
  } catch (error) {
    if (!isOutcomeUnknown(error)) throw error;
    throw new Unexpected(`${(error as Error).message} It is not known whether this had an effect. ${advice}`);
  }
}
