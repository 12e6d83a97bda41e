import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { generatedId } from '../../lib/kernel/id.ts';
import { type AddTo, action, type Cli, example } from '../action.ts';
import { EXIT, withAdvice } from '../exit.ts';
import { batchRequestIn } from './request-file.ts';
import { batchText, dryRunText } from './text.ts';
import { watchBatch } from './watch.ts';

type Options = {
  readonly batchId?: string;
  readonly startAt?: string;
  readonly start: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
};

const batchIds = generatedId('batch');

export const create: AddTo = (group) => {
  group
    .command('create <file>')
    .description('creates a batch of up to 15,000 payouts from a .json or .csv file, and starts it')
    .option(
      '--batch-id <id>',
      'your name for the batch: it is created once (default: the one in the file, or a new one)',
    )
    .option('--start-at <time>', 'starts it at this time, such as 2027-01-31T06:00:00Z')
    .option('--no-start', 'stores it without starting it')
    .option('--dry-run', 'shows what the request would do, and stores nothing')
    .addOption(new Option('--watch', 'waits until every payout has ended').conflicts(['start', 'dryRun']))
    .addHelpText(...example('batches create payroll.csv --batch-id payroll-2026-11 --watch'))
    .action(action(createBatch));
};

async function createBatch(cli: Cli, options: Options, path: string): Promise<void> {
  const { batches } = cli.api();
  const { batchId, startAt, start } = options;
  const file = batchRequestIn(path);
  const request = {
    ...file,
    ...(batchId === undefined ? {} : { batch_id: batchId }),
    ...(startAt === undefined ? {} : { start_at: startAt }),
    ...(start ? {} : { auto_start: false }),
  };
  if (options.dryRun) {
    const dry = await batches.dryRun(request);
    cli.print(dry, dryRunText(dry));
    if (dry.error) process.exitCode = EXIT.failed;
    return;
  }
  // With an id of this command, a repetition after a lost answer cannot create another batch.
  const id = request.batch_id ?? batchIds.from(randomUUID());
  const again = `Run the command again with --batch-id ${id}: the batch is created at most once.`;
  const batch = await withAdvice(again, () => batches.create({ ...request, batch_id: id }));
  if (options.watch) return watchBatch(cli, {}, id);
  cli.print(batch, batchText(batch), [id]);
}
