import { type AddTo, action, example } from './action.ts';
import { EXIT } from './exit.ts';
import { table } from './output/text.ts';

export const health: AddTo = (program) => {
  program
    .command('health')
    .description('checks the database, the queue, each rail and the version of the data')
    .addHelpText(...example('health'))
    .action(
      action<object, []>(async (cli) => {
        const now = await cli.api().deepHealth();
        const { expected, found, dirty } = now.migrations;
        const version = dirty ? `${found}, in the middle of a migration` : (found ?? 'unknown');
        const rows = [...Object.entries(now.checks), ['data version', `${version} (the code expects ${expected})`]];
        cli.print(now, `The service is ${now.status}.\n\n${table(['CHECK', 'RESULT'], rows, '')}`);
        if (now.status !== 'ok') process.exitCode = EXIT.failed;
      }),
    );
};
