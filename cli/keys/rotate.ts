import { type AddTo, action, example } from '../action.ts';
import { seconds } from './options.ts';
import { secretText } from './text.ts';

type Options = { readonly overlap: number; readonly secretSha256?: string };

export const rotate: AddTo = (keys) => {
  keys
    .command('rotate <key-id|self>')
    .description('Give a key a new secret and print it once. The old one is valid until the overlap ends.')
    .option('--overlap <duration>', 'such as 0s, 24h or 7d; at most 30d', seconds, 86_400)
    .option('--secret-sha256 <hash>', 'hash of a secret that the person made with: sluice keys generate')
    .addHelpText(...example('keys rotate key_0123456789abcdef0123456789abcdef --overlap 24h'))
    .action(
      action<Options, [string]>(async ({ api, print }, { overlap, secretSha256 }, id) => {
        const { keys: all } = api();
        const body = {
          overlap_seconds: overlap,
          ...(secretSha256 === undefined ? {} : { secret_sha256: secretSha256 }),
        };
        const key = await (id === 'self' ? all.rotateSelf(body) : all.rotate(id, body));
        print(key, secretText(key, `is rotated; its old secret ends ${key.old_secrets_until ?? 'now'}`));
      }),
    );
};
