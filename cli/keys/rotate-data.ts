import { Option } from 'commander';
import { SEALED_TABLES, type SealedTable } from '../../lib/crypto/index.ts';
import { type Progress, type Rotated, rotateData } from '../../lib/crypto/rotate-data.ts';
import { machine } from '../../lib/runtime.ts';
import { tableOfStage } from '../../scripts/aws.ts';
import { type AddTo, action, example } from '../action.ts';

type Options = { readonly table?: SealedTable; readonly stage: string; readonly resume?: boolean };

export const rotateDataKeys: AddTo = (keys) => {
  keys
    .command('rotate-data')
    .description(
      'Make new data keys, and encrypt account numbers, PIX keys and addresses with them, with AWS credentials.',
    )
    .addOption(new Option('--table <table>', 'only this table').choices(SEALED_TABLES))
    .option('--stage <stage>', 'the stage of the deployment, such as prod', 'local')
    .option('--resume', 'continue an interrupted rotation with the newest data keys')
    .addHelpText(...example('keys rotate-data --stage prod'))
    .action(
      action<Options>(async ({ print }, { table, stage, resume = false }) => {
        // The other commands start faster without the SDK.
        const { documentsOfStage } = await import('../../scripts/documents.ts');
        const { dynamoSealedFields } = await import('../../lib/crypto/dynamo-sealed-fields.ts');
        const { secretsOfStage } = await import('../../scripts/secrets.ts');
        const client = documentsOfStage(stage);
        const deps = {
          secrets: secretsOfStage(client, stage),
          fields: dynamoSealedFields(client, (name) => tableOfStage(stage, name)),
          ...machine,
          onProgress: printWait,
        };
        try {
          for (const each of table ? [table] : SEALED_TABLES) {
            const rotated = await rotateData(deps, each, { resume });
            print({ table: each, ...rotated }, textOf(each, rotated));
            if (rotated.remaining + rotated.plain > 0) process.exitCode = 1;
          }
        } finally {
          client.destroy();
        }
      }),
    );
};

function printWait(progress: Progress): void {
  if (!('waitMs' in progress) || progress.waitMs === 0) return;
  const seconds = Math.ceil(progress.waitMs / 1_000);
  console.error(`Version ${progress.version} is stored. All processes use it in ${seconds} s.`);
}

function textOf(table: string, { version, reencrypted, remaining, plain }: Rotated): string {
  const rest = [
    ...(remaining > 0 ? [`${remaining} changed during the run: run it again with --resume`] : []),
    ...(plain > 0 ? [`${plain} are not encrypted: run npm run migrate -- up`] : []),
  ];
  return `${table}: version ${version}, ${reencrypted} fields encrypted again; ${rest.join('; ') || 'none remain'}`;
}
