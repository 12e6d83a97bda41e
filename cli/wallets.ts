import { type AddTo, action, example } from './action.ts';
import { firstPage, type PageOptions, paged, pageQuery, withNext } from './output/lists.ts';
import { amountText, table, time } from './output/text.ts';

export const wallets: AddTo = (program) => {
  const group = program.command('wallets').description('wallets of users');
  group
    .command('balance <user_id>')
    .description('shows what a wallet holds')
    .addHelpText(...example('wallets balance ana'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const wallet = await cli.api().wallets.balance(id);
        const rows = wallet.balances.map(({ currency, amount }) => [currency, amountText(amount, currency)]);
        cli.print(wallet, table(['CURRENCY', 'BALANCE'], rows, 'The wallet has no currency.'));
      }),
    );
  const statement = group.command('statement <user_id>').description('lists the entries of a wallet, newest first');
  paged(statement)
    .addHelpText(...example('wallets statement ana --limit 50'))
    .action(
      action<PageOptions, [string]>(async (cli, options, id) => {
        const page = await firstPage(cli.api().wallets.transactions(id, pageQuery(options)));
        const rows = page.transactions.map(({ amount, currency, balance_after: balance, ...each }) => [
          ...[each.seq, time(each.created_at), each.type, amountText(amount, currency), amountText(balance, currency)],
          ...[each.counter_account, each.payment_id ?? each.withdrawal_id],
        ]);
        const head = ['NO.', 'TIME (UTC)', 'TYPE', 'AMOUNT', 'BALANCE', 'COUNTER ACCOUNT', 'FOR'];
        const ids = page.transactions.map(({ transaction_id: of }) => of);
        cli.print(page, withNext(table(head, rows, 'The wallet has no entries.'), page), ids);
      }),
    );
};
