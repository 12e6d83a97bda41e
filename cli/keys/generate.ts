import { randomBytes } from 'node:crypto';
import { hashOf, isLive, SECRET_BYTES, secretOf } from '../../lib/access/key.ts';
import { STAGE } from '../../scripts/command.ts';
import { type AddTo, action, example } from '../action.ts';

export const generate: AddTo = (keys) => {
  keys
    .command('generate')
    .description('Make a secret on this machine. Send the hash to an administrator, and keep the secret.')
    .option('--stage <stage>', 'the deployment that it is for', STAGE.default)
    .addHelpText(...example('keys generate --stage prod'))
    .action(
      action<{ readonly stage: string }>(async ({ print }, { stage }) => {
        const secret = secretOf(isLive(stage), randomBytes(SECRET_BYTES));
        const hash = hashOf(secret);
        print({ secret, sha256: hash }, `secret  ${secret}\nsha256  ${hash}`);
      }),
    );
};
