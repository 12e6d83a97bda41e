import type { Approval } from '../client/index.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { type Listing, type PageOptions, paged, pageQuery, printList } from './output/lists.ts';
import { amountText, facts, table, time } from './output/text.ts';

type List = PageOptions & { readonly status?: Approval['status'] };
type Decision = { readonly reason: string; readonly digest?: string };
const REASON = ['--reason <text>', 'it is stored with the decision'] as const;

export const approvals: AddTo = (program) => {
  const group = program.command('approvals').description('what other persons have to approve');
  const withStatus = group
    .command('list')
    .description('lists approvals, newest first')
    .option('--status <status>', 'waiting, approved, rejected, lapsed or cancelled');
  paged(withStatus)
    .addHelpText(...example('approvals list --status waiting'))
    .action(
      action<List>(async (cli, { status, ...options }) => {
        const found = cli.api().approvals.list({ status, ...pageQuery(options) });
        await printList(cli, options, found, 'approvals', APPROVALS);
      }),
    );
  group
    .command('show <approval_id>')
    .description('shows what is asked for, and its digest')
    .addHelpText(...example('approvals show apr_0123456789abcdef0123456789abcdef'))
    .action(action<object, [string]>(async (cli, _options, id) => answer(cli, await cli.api().approvals.get(id))));
  group
    .command('approve <approval_id>')
    .description('approves it. The person of your key must be another one than the maker')
    .requiredOption(...REASON)
    .option('--digest <digest>', 'approves only the content that `sluice approvals show` showed with this digest')
    .addHelpText(...example("approvals approve apr_0123456789abcdef0123456789abcdef --reason 'checked with payroll'"))
    .action(action(approve));
  group
    .command('reject <approval_id>')
    .description('rejects it')
    .requiredOption(...REASON)
    .addHelpText(...example("approvals reject apr_0123456789abcdef0123456789abcdef --reason 'unknown payee'"))
    .action(
      action<Decision, [string]>(async (cli, { reason }, id) =>
        answer(cli, await cli.api().approvals.reject(id, reason)),
      ),
    );
};

async function approve(cli: Cli, { reason, digest }: Decision, id: string): Promise<void> {
  const { approvals: all } = cli.api();
  const asked = digest === undefined ? await all.get(id) : { approval_id: id, digest };
  answer(cli, await all.approve(asked, reason));
}

const answer = (cli: Cli, approval: Approval) => cli.print(approval, approvalText(approval), [approval.approval_id]);

const totalsOf = ({ asked }: Approval) =>
  Object.entries(asked.totals_minor)
    .map(([code, minor]) => amountText(minor, code))
    .join(', ');

const APPROVALS: Listing<Approval> = {
  head: ['APPROVAL', 'STATUS', 'KIND', 'SUBJECT', 'SUM', 'MAKER', 'DECISIONS', 'LAPSES (UTC)'],
  row: (each) => [
    ...[each.approval_id, each.status, each.kind, each.subject_id, totalsOf(each), each.maker.person],
    ...[`${each.decisions.length} of ${each.approvers_needed}`, time(each.lapses_at)],
  ],
  id: ({ approval_id: id }) => id,
  none: 'There are no approvals.',
};

function approvalText(approval: Approval): string {
  const { asked, decisions } = approval;
  const payments = [
    ...asked.new.map((each) => ['new', each] as const),
    ...asked.largest.map((each) => ['large', each] as const),
  ];
  return [
    facts([
      ['approval', approval.approval_id],
      ['status', approval.status],
      ['for', `${approval.kind} ${approval.subject_id}`],
      ['maker', approval.maker.person],
      ['payments', asked.payment_count],
      ['sum', totalsOf(approval)],
      ['to new payees', asked.new_count],
      ['change', asked.change ? JSON.stringify(asked.change) : null],
      ['digest', approval.digest],
      ['needs', `${approval.approvers_needed} approvers`],
      ['created', time(approval.created_at)],
      ['lapses', time(approval.lapses_at)],
      ['ended', time(approval.ended_at)],
    ]),
    ...decisions.map(({ at, person, decision, reason }) =>
      facts([[`${decision === 'approve' ? 'approved' : 'rejected'} by ${person}`, `${time(at)}  ${reason}`]]),
    ),
    ...(payments.length > 0 ? ['', paymentsText(payments)] : []),
  ].join('\n');
}

const paymentsText = (payments: readonly (readonly [string, Approval['asked']['largest'][number]])[]) =>
  table(
    ['', 'NAME', 'PAYEE', 'ACCOUNT', 'AMOUNT'],
    payments.map(([why, each]) => [
      ...[why, each.name, each.payee, each.account, amountText(each.amount_minor, each.currency)],
    ]),
    '',
  );
