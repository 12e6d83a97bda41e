import { sumBy } from 'es-toolkit';
import type { Payout, PayoutOverview } from '../client/index.ts';
import { BadInput } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { type Listing, type PageOptions, paged, pageQuery, printList } from './output/lists.ts';
import { countsText, explanationText, facts, money, sums, table, time, timelineText } from './output/text.ts';

type Find = PageOptions & {
  readonly externalId?: string;
  readonly transactionId?: string;
  readonly batchId?: string;
  readonly status?: Payout['status'];
};

const ENDS = ['completed', 'failed', 'cancelled', 'returned'] as const;

export const payouts: AddTo = (program) => {
  const group = program.command('payouts').description('single payouts');
  for (const addTo of [overview, get, find, explain, timeline, lookUp, cancel]) addTo(group);
};

const overview: AddTo = (group) => {
  group
    .command('overview')
    .description('shows what moves now, and what may need a person')
    .addHelpText(...example('payouts overview'))
    .action(
      action<object, []>(async (cli) => {
        const now = await cli.api().batches.overview();
        const { counts, in_flight: inFlight, oldest_unknown: oldest, open_batches: open, throughput } = now;
        const waiting = now.oldest_waiting;
        const rows = open.map((batch) => [batch.batch_id, batch.status, countsText(batch.counts)]);
        const inShort = facts([
          ['in flight', sums(inFlight)],
          ['payouts', countsText(counts)],
          [
            'oldest unknown',
            oldest ? `${oldest.payout_id}, since ${time(oldest.unknown_since ?? oldest.updated_at)}` : 'none',
          ],
          [
            'waits for a worker',
            waiting && `${waiting.batch_id}, chunk ${waiting.chunk}, since ${time(waiting.since)}`,
          ],
          ['last hour', countsText(endedIn(throughput.minutes)) || 'nothing ended'],
          ['paid in it', sums(throughput.paid)],
        ]);
        cli.print(now, `${inShort}\n\n${table(['batch', 'status', 'payouts'], rows, 'No batch is under way.')}`);
      }),
    );
};

const endedIn = (minutes: PayoutOverview['throughput']['minutes']) =>
  Object.fromEntries(ENDS.map((status) => [status, sumBy(minutes, (minute) => minute[status])]));

const get: AddTo = (group) => {
  group
    .command('get <payout_id>')
    .description('shows a payout')
    .addHelpText(...example('payouts get payroll-2026-11.0001.000001'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const payout = await cli.api().batches.payout(id);
        cli.print(payout, payoutText(payout), [id]);
      }),
    );
};

const find: AddTo = (group) => {
  const command = group
    .command('find')
    .description('finds payouts of all batches')
    .option('--external-id <id>', 'your id of the payout')
    .option('--transaction-id <id>', 'a sale that it pays')
    .option('--batch-id <id>', 'the batch that it is in')
    .option('--status <status>', 'such as failed or unknown: the longest unchanged first');
  paged(command)
    .addHelpText(...example('payouts find --external-id invoice-4711'))
    .action(action(findPayouts));
};

async function findPayouts(cli: Cli, options: Find): Promise<void> {
  const { externalId, transactionId, batchId, status } = options;
  if (!(externalId ?? transactionId ?? batchId ?? status)) {
    throw new BadInput('Name --external-id, --transaction-id, --batch-id or --status.');
  }
  const query = { external_id: externalId, transaction_id: transactionId, batch_id: batchId, status };
  const found = cli.api().batches.findPayouts({ ...query, ...pageQuery(options) });
  await printList(cli, options, found, 'payouts', PAYOUTS);
}

const explain: AddTo = (group) => {
  const command = group
    .command('explain <payout_id>')
    .description('says why a payout has its status, what the rail was asked, and what happens next');
  command.addHelpText(...example('payouts explain payroll-2026-11.0001.000001')).action(
    action<object, [string]>(async (cli, _options, id) => {
      const explanation = await cli.api().batches.explainPayout(id);
      cli.print(explanation, explanationText(explanation));
    }),
  );
};

const timeline: AddTo = (group) => {
  group
    .command('timeline <payout_id>')
    .description('lists what happened to a payout, with times and keys')
    .addHelpText(...example('payouts timeline payroll-2026-11.0001.000001'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const all = await cli.api().batches.payoutTimeline(id);
        cli.print(all, timelineText(all));
      }),
    );
};

const lookUp: AddTo = (group) => {
  group
    .command('look-up <payout_id>')
    .description('asks the rail now for the outcome of a payout that is unknown, instead of after the pause')
    .addHelpText(...example('payouts look-up payroll-2026-11.0001.000001'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const payout = await cli.api().batches.lookUpPayout(id);
        cli.print(payout, `A worker looks it up from ${time(payout.look_up_at)} UTC on.`, [id]);
      }),
    );
};

const cancel: AddTo = (group) => {
  group
    .command('cancel <payout_id>')
    .description('cancels a payout. If it is in flight, it ends as the rail decides')
    .requiredOption('--reason <text>', 'it is stored with the payout')
    .addHelpText(...example("payouts cancel payroll-2026-11.0001.000001 --reason 'wrong account'"))
    .action(
      action<{ reason: string }, [string]>(async (cli, { reason }, id) => {
        const payout = await cli.api().batches.cancelPayout(id, reason);
        cli.print(payout, payoutText(payout), [id]);
      }),
    );
};

const PAYOUTS: Listing<Payout> = {
  head: ['PAYOUT', 'EXTERNAL ID', 'PAYEE', 'AMOUNT', 'STATUS', 'FAILURE', 'CHANGED (UTC)'],
  row: (each) => [
    ...[each.payout_id, each.external_id, each.payee.name ?? each.payee.id, money(each), each.status],
    ...[each.failure?.code, time(each.updated_at)],
  ],
  id: ({ payout_id: id }) => id,
  none: 'No payout was found.',
};

const payoutText = ({ destination, failure, ...payout }: Payout) =>
  facts([
    ['payout', payout.payout_id],
    ['status', payout.status],
    ['external id', payout.external_id],
    ['payee', [payout.payee.id, payout.payee.name].filter(Boolean).join('  ')],
    ['amount', money(payout)],
    ['to', destination.type === 'pix' ? destination.pix_key : `${destination.bank_account}, ${destination.bank_name}`],
    ['pays', payout.transaction_ids.join(', ')],
    ['reference', payout.reference],
    ['attempts', payout.attempts],
    ['bank id', payout.bank_id],
    ['failure', failure && `${failure.code}: ${failure.message}${failure.retryable ? ' (retryable)' : ''}`],
    ['returned', payout.returned && `${payout.returned.code}, ${time(payout.returned.at)}`],
    ['cancelled for', payout.cancellation?.reason],
    ['unknown since', payout.unknown_since && time(payout.unknown_since)],
    ['changed', time(payout.updated_at)],
  ]);
