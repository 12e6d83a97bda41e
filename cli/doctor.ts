import { type AddTo, action, example } from './action.ts';
import { EXIT } from './exit.ts';
import { table } from './output/text.ts';

type Options = { readonly stage: string; readonly param: readonly string[] };

/** Before a deployment, with AWS credentials. */
export const doctor: AddTo = (program) => {
  program
    .command('doctor')
    .description(
      'checks what a deployment needs before it is made: settings, region, quotas and the version of the data',
    )
    .requiredOption('--stage <stage>', 'the stage of the deployment, such as prod')
    .option(
      '--param <name=value>',
      'as for serverless deploy; may be repeated',
      (each, all: string[]) => [...all, each],
      [],
    )
    .addHelpText(...example('doctor --stage prod'))
    .action(
      action<Options>(async ({ print }, { stage, param }) => {
        // The other commands start faster without the SDK.
        const { examine } = await import('../scripts/doctor/doctor.ts');
        const { parametersOf } = await import('../scripts/doctor/workers.ts');
        const checks = await examine(stage, parametersOf(stage, param), process.env);
        const rows = checks.map(({ name, verdict, finding }) => [name, verdict, finding]);
        print({ stage, checks }, table(['CHECK', 'RESULT', 'FINDING'], rows, ''));
        const has = (wanted: string) => checks.some(({ verdict }) => verdict === wanted);
        process.exitCode = has('failed') ? EXIT.failed : has('unknown') ? EXIT.unknown : EXIT.done;
      }),
    );
};
