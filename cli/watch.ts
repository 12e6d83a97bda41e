import { SluiceTimeoutError, type WaitOptions } from '../client/index.ts';
import { Unexpected } from '../scripts/endpoints.ts';
import type { Cli } from './action.ts';
import { isOutcomeUnknown } from './exit.ts';
import { Throughput } from './output/throughput.ts';

/** `--timeout`, in seconds. */
export type WatchOptions = { readonly timeout?: number };

type Progress = { readonly stage: string; readonly percent: number; readonly done: number; readonly left: number };

/** Work of the service that a command waits for. */
type Watched<Resource> = {
  /** Such as `The batch payroll`. */
  readonly name: string;
  /** The command that waits for it again. */
  readonly again: string;
  readonly wait: (options: WaitOptions<Resource>) => Promise<Resource>;
  readonly progressOf: (resource: Resource) => Progress;
};

const POLL_MS = 500;

/** Shows the progress of work until it has ended. @throws Unexpected if it cannot be seen any more, or not in time */
export async function watchUntilEnd<Resource>(
  cli: Cli,
  { timeout }: WatchOptions,
  { name, again, wait, progressOf }: Watched<Resource>,
): Promise<Resource> {
  const continues = `${name} continues without this command. To watch it again: npx sluice ${again}`;
  cli.leaveOnInterrupt(continues);
  const bar = cli.bar();
  const throughput = new Throughput();
  const onProgress = (resource: Resource) => {
    const { stage, percent, done, left } = progressOf(resource);
    throughput.add(Date.now(), done);
    bar?.show(stage, percent, throughput.text(left));
  };
  try {
    const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : timeout * 1_000;
    return await wait({ timeoutMs, pollMs: POLL_MS, onProgress });
  } catch (error) {
    if (!isOutcomeUnknown(error) && !(error instanceof SluiceTimeoutError)) throw error;
    throw new Unexpected(`${(error as Error).message} ${continues}`);
  } finally {
    bar?.stop();
  }
}
