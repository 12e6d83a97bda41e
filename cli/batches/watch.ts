import type { Batch } from '../../client/index.ts';
import type { Cli } from '../action.ts';
import { EXIT } from '../exit.ts';
import { type WatchOptions, watchUntilEnd } from '../watch.ts';
import { batchText } from './text.ts';

/** Waits until every payout has ended. Exit code 0 if all are paid. */
export async function watchBatch(cli: Cli, options: WatchOptions, id: string): Promise<void> {
  const { batches } = cli.api();
  const batch = await watchUntilEnd<Batch>(cli, options, {
    name: `The batch ${id}`,
    again: `batches watch ${id}`,
    wait: (waiting) => batches.waitFor(id, waiting),
    progressOf: (now) => {
      const done = endedOf(now);
      const { status, total_count: total } = now;
      return { stage: status.replaceAll('_', ' '), percent: (100 * done) / total, done, left: total - done };
    },
  });
  cli.print(batch, batchText(batch), [id]);
  if (batch.status !== 'completed') process.exitCode = EXIT.failed;
}

const endedOf = ({ counts: { completed, failed, cancelled, returned } }: Batch) =>
  completed + failed + cancelled + returned;
