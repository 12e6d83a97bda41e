import { randomUUID } from 'node:crypto';
import type { Query, Withdrawal, WithdrawalRequest } from '../client/index.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { withAdvice } from './exit.ts';
import { type Listing, type PageOptions, paged, pageQuery, printList } from './output/lists.ts';
import { amountText, entriesText, explanationText, facts, time, timelineText } from './output/text.ts';
import { processor } from './processor.ts';

type List = PageOptions & { readonly user: string; readonly status?: Withdrawal['status'] };
type Create = {
  readonly user: string;
  readonly asset: string;
  readonly amount: string;
  readonly to: string;
  readonly network: WithdrawalRequest['network'];
  readonly source?: WithdrawalRequest['source'];
  readonly key?: string;
};

export const withdrawals: AddTo = (program) => {
  const group = program.command('withdrawals').description('withdrawals of crypto assets');
  for (const addTo of [create, list, open, get, entries, retry, processor]) addTo(group);
};

const create: AddTo = (group) => {
  group
    .command('create')
    .description('sends an asset to an address')
    .requiredOption('--user <user_id>', 'whose withdrawal it is')
    .requiredOption('--asset <code>', 'such as BTC, ETH or USDT')
    .requiredOption('--amount <number>', "a whole number of the asset's smallest unit (satoshi, wei)")
    .requiredOption('--to <address>', 'the destination')
    .requiredOption('--network <network>', 'such as bitcoin or ethereum')
    .option('--source <source>', 'wallet or external')
    .option('--key <key>', 'its idempotency key: it is created once (default: a new one)')
    .addHelpText(
      ...example(
        'withdrawals create --user ana --asset BTC --amount 150000 --network bitcoin --to bc1q... --key rent-2026-11',
      ),
    )
    .action(action(createWithdrawal));
};

async function createWithdrawal(cli: Cli, options: Create): Promise<void> {
  const { user, asset, amount, to, network, source, key = randomUUID() } = options;
  const { withdrawals: all } = cli.api();
  const body = { user_id: user, asset, amount, destination_address: to, network, idempotency_key: key };
  const again = `Run the command again with --key ${key}: the withdrawal is created at most once.`;
  const created = await withAdvice(again, () => all.create({ ...body, ...(source ? { source } : {}) }));
  cli.print(created, withdrawalText(created.withdrawal), [created.withdrawal.withdrawal_id]);
}

const list: AddTo = (group) => {
  const command = group
    .command('list')
    .description('lists the withdrawals of a user, newest first')
    .requiredOption('--user <user_id>', 'whose withdrawals')
    .option('--status <status>', 'such as FAILED or UNKNOWN');
  paged(command)
    .addHelpText(...example('withdrawals list --user ana --status FAILED'))
    .action(
      action<List>(async (cli, { user, status, ...options }) => {
        const found = cli.api().withdrawals.list({ user_id: user, status, ...pageQuery(options) });
        await printList(cli, options, found, 'withdrawals', WITHDRAWALS);
      }),
    );
};

const open: AddTo = (group) => {
  const command = group
    .command('open')
    .description('lists the withdrawals of all users that have not ended, by what they wait for')
    .requiredOption('--part <part>', 'dead, in_flight (also unknown), waiting (for approval) or due');
  paged(command)
    .addHelpText(...example('withdrawals open --part dead'))
    .action(
      action<PageOptions & Pick<Query<'listOpenWithdrawals'>, 'part'>>(async (cli, { part, ...options }) => {
        const found = cli.api().withdrawals.listOpen({ part, ...pageQuery(options) });
        await printList(cli, options, found, 'withdrawals', WITHDRAWALS);
      }),
    );
};

const entries: AddTo = (group) => {
  group
    .command('entries <withdrawal_id>')
    .description('lists the journal entries of a withdrawal')
    .addHelpText(...example('withdrawals entries wdr_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const all = await cli.api().withdrawals.entries(id);
        cli.print({ entries: all }, entriesText(all));
      }),
    );
};

const get: AddTo = (group) => {
  group
    .command('get <withdrawal_id>')
    .description('shows a withdrawal')
    .addHelpText(...example('withdrawals get wdr_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const withdrawal = await cli.api().withdrawals.get(id);
        cli.print({ withdrawal }, withdrawalText(withdrawal), [id]);
      }),
    );
  group
    .command('explain <withdrawal_id>')
    .description('says why a withdrawal has its status, and what happens next')
    .addHelpText(...example('withdrawals explain wdr_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const explanation = await cli.api().withdrawals.explain(id);
        cli.print(explanation, explanationText(explanation));
      }),
    );
  group
    .command('timeline <withdrawal_id>')
    .description('lists what happened to a withdrawal, with times and keys')
    .addHelpText(...example('withdrawals timeline wdr_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const timeline = await cli.api().withdrawals.timeline(id);
        cli.print(timeline, timelineText(timeline));
      }),
    );
};

const retry: AddTo = (group) => {
  group
    .command('retry <withdrawal_id>')
    .description('tries a failed withdrawal once more')
    .addHelpText(...example('withdrawals retry wdr_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const { withdrawals: all } = cli.api();
        const withdrawal = await withAdvice(`See its status: npx sluice withdrawals get ${id}`, () => all.retry(id));
        cli.print({ withdrawal }, withdrawalText(withdrawal), [id]);
      }),
    );
};

const WITHDRAWALS: Listing<Withdrawal> = {
  head: ['WITHDRAWAL', 'STATUS', 'AMOUNT', 'NETWORK', 'TO', 'CREATED (UTC)'],
  row: (each) => [
    ...[each.withdrawal_id, each.status, amountText(each.amount, each.asset), each.network],
    ...[each.destination_address, time(each.created_at)],
  ],
  id: ({ withdrawal_id: id }) => id,
  none: 'There are no withdrawals.',
};

const withdrawalText = ({ failure, ...each }: Withdrawal) =>
  facts([
    ['withdrawal', each.withdrawal_id],
    ['status', each.status],
    ['user', each.user_id],
    ['amount', amountText(each.amount, each.asset)],
    ['to', `${each.destination_address} (${each.network})`],
    ['key', each.idempotency_key],
    ['waits for', each.status === 'AWAITING_APPROVAL' ? each.approval_id : null],
    ['transaction', each.tx_hash],
    ['confirmations', each.tx_hash && `${each.confirmations} of ${each.required_confirmations}`],
    ['failure', failure && `${failure.code}: ${failure.message}`],
    ['retries', `${each.retry_count} of ${each.max_retries}`],
    ['next attempt', time(each.next_attempt_at)],
    ['dead letter', time(each.dead_letter?.at)],
    ['created', time(each.created_at)],
    ['completed', time(each.completed_at)],
  ]);
