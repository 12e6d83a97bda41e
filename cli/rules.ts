import { readFileSync } from 'node:fs';
import type { ApprovalRule, Sluice } from '../client/index.ts';
import { BadInput } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { amountText, table } from './output/text.ts';

type Replacement = Parameters<Sluice['approvalRules']['replace']>[0];

/** What other persons have to approve. */
export const rules: AddTo = (program) => {
  const group = program.command('rules').description('rules that say what another person has to approve');
  group
    .command('get')
    .description('shows the rules; with --json as a file for `sluice rules replace`')
    .addHelpText(...example('rules get --json > rules.json'))
    .action(
      action(async (cli) => {
        const policy = await cli.api().approvalRules.get();
        cli.print(policy, rulesText(policy.rules));
      }),
    );
  group
    .command('replace <file>')
    .description('replaces all rules by those of a JSON file. Another person may have to approve this')
    .addHelpText(...example('rules replace rules.json'))
    .action(action<object, [string]>(replace));
};

async function replace(cli: Cli, _options: object, file: string): Promise<void> {
  const answer = await cli.api().approvalRules.replace(rulesIn(file));
  const text =
    'digest' in answer
      ? `Another person has to approve this first: ${answer.approval_id}.`
      : `${rulesText(answer.rules)}\n\nThey hold for requests from ten seconds later.`;
  cli.print(answer, text);
}

/** The service checks the rules. */
function rulesIn(file: string): Replacement {
  const text = readFileSync(file, 'utf8');
  try {
    // An answer of the service has null for what a request leaves out.
    const { rules } = JSON.parse(text, (_, value) => value ?? undefined) as Replacement;
    if (Array.isArray(rules)) return { rules };
  } catch {
    // The message below also says this.
  }
  throw new BadInput(`${file} is not a JSON object with an array of rules: { "rules": [...] }`);
}

const from = (minor: string | null, code: string | null) => minor && code && amountText(minor, code);

const rulesText = (all: readonly ApprovalRule[]) =>
  table(
    ['KIND', 'CURRENCY', 'SUM FROM', 'LARGEST FROM', 'NEW PAYEE', 'APPROVERS', 'HOURS'],
    all.map(({ kind, currency, ...rule }) => [
      ...[kind, currency ?? 'any', from(rule.total_from_minor, currency), from(rule.largest_from_minor, currency)],
      ...[rule.new_payee ? 'yes' : 'no', rule.approvers, rule.lapses_after_hours],
    ]),
    'There are no rules: nothing waits for another person.',
  );
