import type { KeyChangeRequest } from '../../client/index.ts';
import { type AddTo, action, example } from '../action.ts';
import { expiry, type KeyOptions, limitsOf, scopes, withLimits } from './options.ts';
import { linesOf, waitsText } from './text.ts';

/** `--no-expires` and `--no-limits` are false. */
type Options = Omit<KeyOptions, 'expires'> & {
  readonly name?: string;
  readonly expires?: string | false;
  readonly limits: boolean;
};

export const change: AddTo = (keys) => {
  const command = keys
    .command('change <key-id>')
    .description(
      'Change what a key may do. An option replaces one setting; the others do not change. In force within 60 s.',
    )
    .option('--name <name>', 'what the key is for')
    .option('--scopes <scopes>', 'all its scopes, separated by commas', scopes)
    .option('--expires <duration|time>', 'such as 90d or 2027-01-31T00:00:00Z', expiry)
    .option('--no-expires', 'it does not expire any more')
    .option('--no-limits', 'remove the limits that no other option names');
  withLimits(command)
    .addHelpText(...example('keys change key_0123456789abcdef0123456789abcdef --scopes payouts:read'))
    .action(
      action<Options, [string]>(async ({ api, print }, options, id) => {
        const { keys: all } = api();
        const before = await all.get(id);
        const { expires = before.expires_at, name = before.name, scopes: wanted = before.scopes } = options;
        const body: KeyChangeRequest = {
          name,
          scopes: wanted,
          limits: { ...(options.limits ? before.limits : {}), ...limitsOf({ ...options, expires: '' }) },
          ...(expires ? { expires_at: expires } : {}),
        };
        const changed = await all.change(id, body);
        print(changed, 'digest' in changed ? waitsText(changed.approval_id) : linesOf(changed));
      }),
    );
};
