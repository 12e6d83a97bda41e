import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import { EPOCH_CACHED_MS, type Epoch, type EpochStore, raiseEpoch } from '../lib/rail/epoch.ts';
import { tableOfStage } from '../scripts/aws.ts';
import { type AddTo, action, example } from './action.ts';
import { facts } from './output/text.ts';

const STAGE = ['--stage <stage>', 'the stage of the deployment, such as prod'] as const;
const MOST_DAYS = 365;

/** After a restore, for people with AWS credentials: workers must not send while keys and tables may be old. */
export const epoch: AddTo = (program) => {
  const group = program
    .command('epoch')
    .description('After a restore from a backup: what has to be looked up before it is sent.');
  group
    .command('raise')
    .description('Make workers look up every older instruction, and every new one for some days, before they send it.')
    .option(...STAGE, 'local')
    .requiredOption('--person <person>', 'who raises it, such as an e-mail address')
    .requiredOption('--reason <reason>', 'such as "restored to 10:05 UTC"')
    .option('--days <days>', 'how long new instructions are looked up too', days, 7)
    .addHelpText(...example('epoch raise --stage prod --person ana@example.com --reason "restored to 10:05 UTC"'))
    .action(
      action<{ stage: string; person: string; reason: string; days: number }>(async ({ print }, wanted) => {
        const epoch = await withEpochs(wanted.stage, (epochs) => {
          const deps = { epochs, now: Date.now, requestId: () => undefined, principal: () => undefined };
          return raiseEpoch(deps, wanted);
        });
        await sleep(EPOCH_CACHED_MS);
        print(viewOf(epoch), `${textOf(epoch)}\nAll workers follow it now.`);
      }),
    );
  group
    .command('show')
    .description('Show the last epoch that was raised.')
    .option(...STAGE, 'local')
    .addHelpText(...example('epoch show --stage prod'))
    .action(
      action<{ stage: string }>(async ({ print }, { stage }) => {
        const epoch = await withEpochs(stage, (epochs) => epochs.read());
        print(epoch ? viewOf(epoch) : null, epoch ? textOf(epoch) : 'None was raised.');
      }),
    );
};

async function withEpochs<Result>(stage: string, work: (epochs: EpochStore) => Promise<Result>): Promise<Result> {
  // The other commands start faster without the SDK.
  const { documentsOfStage } = await import('../scripts/documents.ts');
  const { dynamoEpochs } = await import('../lib/rail/dynamo-epochs.ts');
  const client = documentsOfStage(stage);
  try {
    return await work(
      dynamoEpochs(client, { system: tableOfStage(stage, 'system'), events: tableOfStage(stage, 'events') }),
    );
  } finally {
    client.destroy();
  }
}

const viewOf = ({ raisedAt, ...rest }: Epoch) => ({ raised_at: raisedAt, ...rest });

const textOf = ({ raisedAt, until, person, reason }: Epoch) =>
  facts([
    ['looked up first', `what was created before ${raisedAt}, and all else until ${until}`],
    ['raised by', person],
    ['reason', reason],
  ]);

function days(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= MOST_DAYS) return number;
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${MOST_DAYS}.`);
}
