import { InvalidArgumentError } from 'commander';
import type { KeyWithSecret } from '../../client/index.ts';
import { SECRET_HASH } from '../../lib/access/key.ts';
import { newSecretView } from '../../lib/access/view.ts';
import { tableOfStage } from '../../scripts/aws.ts';
import { type AddTo, action, example } from '../action.ts';
import { type FirstKey, makeFirstKey } from './first-key.ts';
import { expiry, scopes } from './options.ts';
import { secretText } from './text.ts';

export const bootstrap: AddTo = (keys) => {
  keys
    .command('bootstrap')
    .description('Make the first key of a deployment, with AWS credentials instead of a key.')
    .requiredOption('--stage <stage>', 'the stage of the deployment, such as prod')
    .requiredOption('--person <person>', 'who uses the key, such as an e-mail address')
    .option('--name <name>', 'what the key is for', 'first key')
    .option('--scopes <scopes>', 'separated by commas, or all', scopes, ['admin'])
    .option('--expires <duration|time>', 'such as 90d (default: never)', expiry)
    .option('--secret-sha256 <hash>', 'a hash of SLUICE_API_KEY_HASHES, or one of: sluice keys generate', secretHash)
    .option('--force', 'also if the deployment has a key with the scope admin')
    .addHelpText(...example('keys bootstrap --stage prod --person ana@example.com'))
    .action(
      action<FirstKey>(async ({ print }, wanted) => {
        const { stage } = wanted;
        // The other commands start faster without the SDK.
        const { documentsOfStage } = await import('../../scripts/documents.ts');
        const { dynamoKeys } = await import('../../lib/access/dynamo-keys.ts');
        const client = documentsOfStage(stage);
        try {
          const store = dynamoKeys(client, tableOfStage(stage, 'access'), tableOfStage(stage, 'events'));
          const made = newSecretView({ now: Date.now }, await makeFirstKey(store, wanted));
          const key: KeyWithSecret = JSON.parse(JSON.stringify(made));
          print(key, secretText(key, 'is made'));
        } finally {
          client.destroy();
        }
      }),
    );
};

function secretHash(text: string): string {
  if (SECRET_HASH.test(text)) return text;
  throw new InvalidArgumentError('It must be 64 hexadecimal digits in lower case.');
}
