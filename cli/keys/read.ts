import { type AddTo, action } from '../action.ts';
import { linesOf, tableOf } from './text.ts';

export const list: AddTo = (keys) => {
  keys
    .command('list')
    .description('List all keys, newest first.')
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
    .action(
      action(async ({ api, print }) => {
        const key = await api().keys.self();
        print(key, linesOf(key));
      }),
    );
};
