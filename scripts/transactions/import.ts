/**
 * `npm run transactions:import -- FILE.csv | FILE.jsonl | --import ID`: uploads a file of transactions and waits for its
 * import. The import continues without this command; --import waits for it again. Exit code 0 if every row is stored, 1 if
 * rows were rejected, 2 if the file cannot be imported.
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run } from '../command.ts';
import { endpointsOf, Unexpected } from '../endpoints.ts';
import { StageBar } from '../stage-bar.ts';
import { finished, rejectedRows, upload } from './import-file.ts';

const SHOWN = 5;

await run(async () => {
  const { values, positionals } = parseArgs({ options: { import: { type: 'string' } }, allowPositionals: true });
  const [file] = positionals;
  if ((file === undefined) === (values.import === undefined) || positionals.length > 1) {
    throw new Unexpected('Usage: npm run transactions:import -- FILE.csv | FILE.jsonl | --import ID');
  }
  const at = endpointsOf();
  const bar = new StageBar();
  const show = (stage: string, percent: number) => bar.show(stage, percent);
  const id = values.import ?? (await upload(at, file as string, show));
  console.log(
    `Import ${id} continues without this command. To wait for it again: npm run transactions:import -- --import ${id}`,
  );
  const done = await finished(at, id, show);
  bar.stop();
  console.log(
    `${done.status}: ${done.rows} rows, ${done.stored} stored, ${done.unchanged} unchanged, ${done.rejected} rejected`,
  );
  if (done.status === 'FAILED') throw new Unexpected(done.error);
  if (done.rejected === 0) return 0;
  const report = await rejectedRows(at, id);
  writeFileSync(`${id}-rejected.csv`, report);
  console.log(report.split('\n', SHOWN + 1).join('\n'));
  console.log(`All rejected rows: ${id}-rejected.csv`);
  return 1;
});
