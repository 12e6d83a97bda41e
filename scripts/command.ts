import { isSluiceError, SluiceConnectionError } from '../client/index.ts';
import { START_IT } from './endpoints.ts';

/** The option that every command on tables, queues or functions takes. */
export const STAGE = { type: 'string', default: 'local' } as const;

/**
 * Runs a command. The exit code is what `work` returns, 0 without a value. After an error, which is printed without its
 * stack, it is `codeOf` the error.
 */
export async function run(
  work: () => Promise<number | undefined>,
  codeOf: (error: Error) => number = () => 2,
): Promise<void> {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(messageOf(error as Error));
    process.exitCode = codeOf(error as Error);
  }
}

export function messageOf(error: Error): string {
  const problems = isSluiceError(error) ? error.details.map(({ path, reason }) => `\n  ${path}: ${reason}`) : [];
  const isUnreachable = error instanceof SluiceConnectionError && error.status === undefined;
  if (isUnreachable) return `${error.message} ${START_IT}`;
  const isFault = isSluiceError(error) && error.status >= 500;
  return (
    error.message +
    problems.join('') +
    (isFault ? ` The logs have the cause under the request id ${error.requestId}.` : '')
  );
}
