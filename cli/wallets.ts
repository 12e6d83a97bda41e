import { randomUUID } from 'node:crypto';
import type { Balance, Query, WalletTransaction } from '../client/index.ts';
import { parseCurrency } from '../lib/kernel/money.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { withAdvice } from './exit.ts';
import { type Listing, minorUnits, type PageOptions, paged, pageQuery, printList } from './output/lists.ts';
import { amountText, table, time } from './output/text.ts';

type Statement = PageOptions & Pick<Query<'listTransactions'>, 'type' | 'from' | 'to'>;
type Deposit = { readonly amount: bigint; readonly currency: string; readonly key?: string };

export const wallets: AddTo = (program) => {
  const group = program.command('wallets').description('wallets of users');
  for (const addTo of [create, balance, statement, deposit]) addTo(group);
};

const create: AddTo = (group) => {
  group
    .command('create <user_id>')
    .description('opens a wallet, or adds a currency to it')
    .requiredOption('--currency <code>', 'of a currency or an asset')
    .addHelpText(...example('wallets create ana --currency IDR'))
    .action(
      action<{ currency: string }, [string]>(async (cli, { currency }, id) => {
        const wallet = await cli.api().wallets.create({ user_id: id, currency });
        cli.print(wallet, `The wallet of ${wallet.user_id} has ${currency}.`, [wallet.user_id]);
      }),
    );
};

const balance: AddTo = (group) => {
  group
    .command('balance <user_id>')
    .description('shows what a wallet holds, or held')
    .option('--as-of <time>', 'what it held at this time: the sum of all entries until then')
    .addHelpText(...example('wallets balance ana --as-of 2026-10-31T23:59:59.999Z'))
    .action(
      action<{ asOf?: string }, [string]>(async (cli, { asOf }, id) => {
        const { wallets: all } = cli.api();
        const wallet = await (asOf === undefined ? all.balance(id) : all.balanceAt(id, asOf));
        cli.print(wallet, balanceText(wallet));
      }),
    );
};

const balanceText = ({ balances }: Balance) =>
  table(
    ['CURRENCY', 'BALANCE'],
    balances.map(({ currency, amount }) => [currency, amountText(amount, currency)]),
    'The wallet has no currency.',
  );

const statement: AddTo = (group) => {
  const command = group
    .command('statement <user_id>')
    .description('lists the entries of a wallet, newest first')
    .option('--type <type>', 'such as PAYMENT or DEPOSIT')
    .option('--from <time>', 'from this time, included')
    .option('--to <time>', 'until this time, not included');
  paged(command)
    .addHelpText(...example('wallets statement ana --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z'))
    .action(
      action<Statement, [string]>(async (cli, { type, from, to, ...options }, id) => {
        const query = { type, from, to, ...pageQuery(options) };
        await printList(cli, options, cli.api().wallets.transactions(id, query), 'transactions', STATEMENT);
      }),
    );
};

const STATEMENT: Listing<WalletTransaction> = {
  head: ['NO.', 'TIME (UTC)', 'TYPE', 'AMOUNT', 'BALANCE', 'COUNTER ACCOUNT', 'FOR'],
  row: ({ amount, currency, balance_after: after, ...each }) => [
    ...[each.seq, time(each.created_at), each.type, amountText(amount, currency), amountText(after, currency)],
    ...[each.counter_account, each.payment_id ?? each.withdrawal_id],
  ],
  id: ({ transaction_id: id }) => id,
  none: 'The wallet has no entries.',
};

const deposit: AddTo = (group) => {
  group
    .command('deposit <user_id>')
    .description('puts money into a wallet')
    .requiredOption('--amount <number>', 'in minor units', minorUnits)
    .requiredOption('--currency <code>', 'of a currency or an asset')
    .option('--key <key>', 'its idempotency key: it is deposited once (default: a new one)')
    .addHelpText(...example('wallets deposit ana --amount 2000000 --currency IDR --key topup-8841'))
    .action(action(putIn));
};

async function putIn(cli: Cli, { amount, currency, key = randomUUID() }: Deposit, id: string): Promise<void> {
  const again = `Run the command again with --key ${key}: it is deposited at most once.`;
  const body = parseCurrency(currency) ? { amount, currency } : { amount: `${amount}`, currency };
  const { wallets: all } = cli.api();
  const made = await withAdvice(again, () => all.deposit(id, body, { idempotencyKey: key }));
  cli.print(made, `The wallet of ${made.user_id} holds ${amountText(made.balance, currency)}.`, [made.deposit_id]);
}
