import type { KeyRequest } from '../../client/index.ts';
import { type AddTo, action, example } from '../action.ts';
import { expiry, type KeyOptions, limitsOf, scopes, withLimits } from './options.ts';
import { secretText } from './text.ts';

type Options = KeyOptions & {
  readonly name: string;
  readonly person?: string;
  readonly scopes: KeyRequest['scopes'];
  readonly secretSha256?: string;
};

export const create: AddTo = (keys) => {
  const command = keys
    .command('create')
    .description('Make a key and print its secret once.')
    .requiredOption('--name <name>', 'what the key is for')
    .option(
      '--person <person>',
      'who uses it, such as an e-mail address; it never changes (default: the person of your key)',
    )
    .requiredOption('--scopes <scopes>', 'separated by commas, or all', scopes)
    .option('--expires <duration|time>', 'such as 90d or 2027-01-31T00:00:00Z (default: never)', expiry)
    .option('--secret-sha256 <hash>', 'hash of a secret that the person made with: sluice keys generate');
  withLimits(command)
    .addHelpText(
      ...example(
        'keys create --name payroll --person ana@example.com --scopes payouts:read,payouts:write --expires 90d',
      ),
    )
    .action(
      action<Options>(async ({ api, print }, options) => {
        const { name, expires, secretSha256 } = options;
        const person = options.person ?? (await api().keys.self()).person;
        const key = await api().keys.create({
          ...{ name, person, scopes: options.scopes, limits: limitsOf(options) },
          ...(expires === undefined ? {} : { expires_at: expires }),
          ...(secretSha256 === undefined ? {} : { secret_sha256: secretSha256 }),
        });
        print(key, secretText(key, 'is made'));
      }),
    );
};
