import type { Verified } from '../scripts/verify/verify.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { EXIT } from './exit.ts';

/** Commands for a service on this machine. */

type Verify = { readonly domain: string; readonly id?: string; readonly expected?: string; readonly stage: string };

export const verify: AddTo = (program) => {
  program
    .command('verify')
    .description('compares stored items and answers with their sources: reads only, and may run while others work')
    .option('--domain <domain>', 'such as payouts or settlement', 'all')
    .option('--id <id>', 'only this batch, job, withdrawal, payment or user')
    .option('--expected <file>', 'what another program calculated for a settlement job')
    .option('--stage <stage>', 'the stage whose tables are read', 'local')
    .addHelpText(...example('verify --domain payouts --id payroll-2026-11'))
    .action(action(verifyService));
};

async function verifyService(cli: Cli, options: Verify): Promise<void> {
  // The other commands start faster without the SDK.
  const [{ verify: verifyDomains }, { selectionOf }, { documentOf, exitCodeOf, summaryOf, textOf }] = await Promise.all(
    [
      import('../scripts/verify/verify.ts'),
      import('../scripts/verify/selection.ts'),
      import('../scripts/verify/report.ts'),
    ],
  );
  const all: Verified[] = [];
  for await (const verified of verifyDomains(cli.endpoints(), selectionOf(options))) all.push(verified);
  cli.print(documentOf(all), [...all.map((each) => `${textOf(each)}\n`), summaryOf(all)].join('\n'));
  const code = exitCodeOf(all);
  process.exitCode = code === EXIT.usage ? EXIT.unknown : code;
}

export const demo: AddTo = (program) => {
  program
    .command('demo')
    .description('pays three batches on a service of its own, kills it in the middle, and checks the result')
    .addHelpText(...example('demo'))
    .action(async () => {
      await import('../scripts/demo/main.ts');
    });
};
