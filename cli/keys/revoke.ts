import { type AddTo, action, example } from '../action.ts';

export const revoke: AddTo = (keys) => {
  keys
    .command('revoke <key-id>')
    .description('Revoke a key for ever. It is refused everywhere within 60 s.')
    .addHelpText(...example('keys revoke key_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async ({ api, print }, _options, id) => {
        const key = await api().keys.revoke(id);
        print(key, `The key ${key.key_id} (${key.name}, ${key.person}) is revoked since ${key.revoked_at}.`);
      }),
    );
};
