import { randomUUID } from 'node:crypto';
import type { Payment } from '../client/index.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { withAdvice } from './exit.ts';
import { minorUnits } from './output/lists.ts';
import { amountText, entriesText, explanationText, facts, time, timelineText } from './output/text.ts';

const PAYMENT = 'pay_0123456789abcdef0123456789abcdef';

export const payments: AddTo = (program) => {
  const group = program.command('payments').description('payments of users to providers');
  group
    .command('get <payment_id>')
    .description('shows a payment')
    .addHelpText(...example(`payments get ${PAYMENT}`))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const payment = await cli.api().payments.get(id);
        cli.print(payment, paymentText(payment), [id]);
      }),
    );
  group
    .command('explain <payment_id>')
    .description('says why a payment has its status, and what happens next')
    .addHelpText(...example(`payments explain ${PAYMENT}`))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const explanation = await cli.api().payments.explain(id);
        cli.print(explanation, explanationText(explanation));
      }),
    );
  group
    .command('timeline <payment_id>')
    .description('lists what happened to a payment, with times and keys')
    .addHelpText(...example(`payments timeline ${PAYMENT}`))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const timeline = await cli.api().payments.timeline(id);
        cli.print(timeline, timelineText(timeline));
      }),
    );
  group
    .command('entries <payment_id>')
    .description('lists the journal entries of a payment')
    .addHelpText(...example(`payments entries ${PAYMENT}`))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const all = await cli.api().payments.entries(id);
        cli.print({ entries: all }, entriesText(all));
      }),
    );
  group
    .command('refund <payment_id>')
    .description('moves an approved payment, or a part of it, back to the wallet')
    .option('--amount <number>', 'in minor units (default: all that is left)', minorUnits)
    .option('--key <key>', 'its idempotency key: it is refunded once (default: a new one)')
    .addHelpText(...example(`payments refund ${PAYMENT} --amount 50000 --key return-4711`))
    .action(action(refund));
};

async function refund(cli: Cli, options: { amount?: bigint; key?: string }, id: string): Promise<void> {
  const { amount, key = randomUUID() } = options;
  const again = `Run the command again with --key ${key}: it is refunded at most once.`;
  const body = amount === undefined ? {} : { amount };
  const made = await withAdvice(again, () => cli.api().payments.refund(id, body, { idempotencyKey: key }));
  cli.print(made, `Refunded: ${amountText(made.amount, made.currency)}, as ${made.refund_id}.`, [made.refund_id]);
}

const paymentText = ({ failure, ...payment }: Payment) =>
  facts([
    ['payment', payment.payment_id],
    ['status', payment.status],
    ['user', payment.user_id],
    ['provider', payment.provider_id],
    ['for', payment.external_reference],
    ['amount', amountText(payment.amount, payment.currency)],
    ['refunded', payment.refunds.length > 0 ? amountText(payment.refunded_amount, payment.currency) : null],
    ['gateway id', payment.gateway_id],
    ['failure', failure && `${failure.code}: ${failure.message}`],
    ['created', time(payment.created_at)],
  ]);
