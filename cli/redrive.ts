import { BadInput } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli, example } from './action.ts';

type Options = { readonly withdrawals?: boolean; readonly notification?: string };

/** An import is repeated by another upload. */
export const redrive: AddTo = (program) => {
  program
    .command('redrive [batch_id]')
    .description(
      'processes dead letters again, after their cause is fixed: the chunks of a batch, or those of an option',
    )
    .option('--withdrawals', 'all withdrawals')
    .option('--notification <id>', 'what the bank said of a payout that it gave back')
    .addHelpText(...example('redrive payroll-2026-11'))
    .action(
      action<Options, [string]>(async (cli, { withdrawals = false, notification }, batch) => {
        const named = [batch !== undefined, withdrawals, notification !== undefined].filter(Boolean);
        if (named.length !== 1) throw new BadInput('Name a batch, --withdrawals or --notification ID.');
        if (batch !== undefined) await redriveBatch(cli, batch);
        else if (notification !== undefined) await redriveNotification(cli, notification);
        else await redriveWithdrawals(cli);
      }),
    );
};

async function redriveBatch(cli: Cli, id: string): Promise<void> {
  const answer = await cli.api().batches.redrive(id);
  const { redriven_chunks: chunks } = answer;
  const text =
    chunks.length === 0
      ? `Batch ${id} has no dead letters.`
      : `Batch ${id}: redriven ${chunks.length} chunks: ${chunks.join(', ')}.`;
  cli.print(answer, text, [id]);
}

async function redriveWithdrawals(cli: Cli): Promise<void> {
  const redriven = await cli.api().processor.redrive();
  cli.print({ redriven }, redriven === 0 ? 'No withdrawal has a dead letter.' : `Redriven ${redriven} withdrawals.`);
}

async function redriveNotification(cli: Cli, id: string): Promise<void> {
  const notification = await cli.api().notifications.redrive(id);
  const { status, reason } = notification;
  cli.print(notification, `Notification ${id} is ${status}${reason ? `: ${reason}` : ''}.`, [id]);
}
