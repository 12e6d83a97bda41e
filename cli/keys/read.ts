import { type AddTo, action, example } from '../action.ts';
import { linesOf, tableOf } from './text.ts';

export const list: AddTo = (keys) => {
  keys
    .command('list')
    .description('List all keys, newest first.')
    .addHelpText(...example('keys list'))
    .action(
      action(async ({ api, print }) => {
        const found = await api().keys.list().all();
        print(found, tableOf(found));
      }),
    );
};

export const show: AddTo = (keys) => {
  keys
    .command('show <key-id>')
    .description('Show a key with its limits and its last use.')
    .addHelpText(...example('keys show key_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async ({ api, print }, _options, id) => {
        const key = await api().keys.get(id);
        print(key, linesOf(key));
      }),
    );
};

export const self: AddTo = (keys) => {
  keys
    .command('self')
    .description('Show the key that this command uses.')
    .addHelpText(...example('keys self'))
    .action(
      action(async ({ api, print }) => {
        const key = await api().keys.self();
        print(key, linesOf(key));
      }),
    );
};
