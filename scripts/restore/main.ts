/**
 * `npm run restore -- --stage prod --to 2026-11-22T10:05:00Z --suffix=-r1`: restores every table of a stage to one second, beside
 * the tables of now, with their settings: stream, time to live, point-in-time recovery and deletion protection.
 *
 * It changes no table that the stage uses. A second run continues one that was interrupted. With SLUICE_RESTORED_TABLES it restores
 * the tables that were restored before. Exit code 0 if all are ready, 2 if not. See docs/runbook.md.
 */

import { parseArgs } from 'node:util';
import { awsOfStage, tableOfStage } from '../aws.ts';
import { run } from '../command.ts';
import { BadInput } from '../endpoints.ts';
import { RestoredTables } from './tables.ts';

const USAGE = 'npm run restore -- --stage <stage> --to <time> --suffix=-r1';

type Wanted = { readonly stage: string; readonly to: Date; readonly suffix: string };

function readCommandLine(): Wanted {
  const options = { stage: { type: 'string' }, to: { type: 'string' }, suffix: { type: 'string' } } as const;
  const { stage, to = '', suffix = '' } = parseArgs({ options }).values;
  if (!stage) throw new BadInput(`Usage: ${USAGE}`);
  const time = new Date(to);
  const isTime = /T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(to) && time.getTime() <= Date.now();
  if (!isTime) throw new BadInput(`--to must be a time of the past, such as 2026-11-22T10:05:00Z: ${to}`);
  if (!/^-[a-z0-9]+$/.test(suffix))
    throw new BadInput(`--suffix must be a hyphen and small letters or digits: ${suffix}`);
  if (suffix === process.env.SLUICE_RESTORED_TABLES) throw new BadInput(`The stage uses the tables ${suffix}.`);
  return { stage, to: time, suffix };
}

const nextSteps = (stage: string, suffix: string, stream = 'none') => `
Next:
  export SLUICE_RESTORED_TABLES=${suffix}
  npm run sluice -- epoch raise --stage ${stage} --person you@example.com --reason "restored"
  npx serverless deploy --stage ${stage} --param="restoredStream=${stream}"`;

await run(async () => {
  const { stage, to, suffix } = readCommandLine();
  const tables = new RestoredTables(awsOfStage(stage));
  try {
    const { length } = tableOfStage(stage, '');
    const used = process.env.SLUICE_RESTORED_TABLES ?? '';
    const isOfStage = new RegExp(`^${tableOfStage(stage, '').slice(0, length - used.length)}[a-z]+${used}$`);
    const sources = await tables.list(isOfStage);
    if (sources.length === 0) throw new BadInput(`There is no table ${tableOfStage(stage, '*')}.`);
    const streams = await Promise.all(
      sources.map(async (source) => {
        const target = `${source.slice(0, source.length - used.length)}${suffix}`;
        const stream = await tables.restore(source, target, to);
        console.log(`${target} is ready`);
        return stream;
      }),
    );
    console.log(nextSteps(stage, suffix, streams.find(Boolean)));
    return 0;
  } finally {
    tables.close();
  }
});
