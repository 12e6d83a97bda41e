/**
 * `npm run transactions:import -- FILE.csv | FILE.jsonl`: uploads a file of transactions and follows its import, which
 * goes on without this command; `-- --import ID` follows it again. Exit code 0 if every row is stored, 1 if some were
 * rejected, 2 if the file cannot be imported.
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { endpointsOf } from '../client.ts';
import { finished, rejectedRows, type Stage, upload } from './import-file.ts';

const SHOWN = 5;

/** One bar for each stage, drawn only for a person. */
function progress() {
  const bar = new SingleBar({ format: '{stage} [{bar}] {percentage} %', stopOnComplete: false }, Presets.legacy);
  let shown: Stage | undefined;
  return {
    tell(stage: Stage, percent: number) {
      if (!process.stdout.isTTY) return;
      if (shown !== stage) {
        if (shown) bar.stop();
        bar.start(100, 0, { stage });
        shown = stage;
      }
      bar.update(Math.floor(percent));
    },
    stop: () => bar.stop(),
  };
}

try {
  const { values, positionals } = parseArgs({ options: { import: { type: 'string' } }, allowPositionals: true });
  const [file] = positionals;
  if ((file === undefined) === (values.import === undefined) || positionals.length > 1) {
    throw new Error('Which file? npm run transactions:import -- FILE.csv (or --import ID to follow one again)');
  }
  const at = endpointsOf();
  const bar = progress();
  const id = values.import ?? (await upload(at, file as string, bar.tell));
  console.log(`Import ${id} goes on by itself; to follow it again: npm run transactions:import -- --import ${id}`);
  const done = await finished(at, id, bar.tell);
  bar.stop();
  console.log(
    `${done.status}: ${done.rows} rows, ${done.stored} stored, ${done.unchanged} known before, ${done.rejected} rejected`,
  );
  if (done.status === 'FAILED') throw new Error(done.error);
  if (done.rejected > 0) {
    const report = await rejectedRows(at, id);
    writeFileSync(`${id}-rejected.csv`, report);
    console.log(report.split('\n', SHOWN + 1).join('\n'));
    console.log(`All of them: ${id}-rejected.csv`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
