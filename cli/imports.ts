import type { Import } from '../client/index.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { facts } from './output/text.ts';

const IMPORT = 'imp_0123456789abcdef0123456789abcdef';

export const imports: AddTo = (program) => {
  const group = program.command('imports').description('imported files of sales transactions');
  group
    .command('get <import_id>')
    .description('shows an import')
    .addHelpText(...example(`imports get ${IMPORT}`))
    .action(action<object, [string]>(async (cli, _options, id) => answer(cli, await cli.api().imports.get(id))));
  group
    .command('start <import_id>')
    .description('reads the file now, without waiting for the notification of the storage')
    .addHelpText(...example(`imports start ${IMPORT}`))
    .action(action<object, [string]>(async (cli, _options, id) => answer(cli, await cli.api().imports.start(id))));
};

const answer = (cli: Cli, one: Import) =>
  cli.print(
    one,
    facts([
      ['import', one.import_id],
      ['status', one.status],
      ['read', `${one.progress} %`],
      ['rows', `${one.rows}: ${one.stored} stored, ${one.unchanged} stored before, ${one.rejected} rejected`],
      ['error', one.error],
    ]),
    [one.import_id],
  );
