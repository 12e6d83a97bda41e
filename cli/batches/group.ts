import type { Batch, BatchHeader, Upload } from '../../client/index.ts';
import { type AddTo, action, type Cli, example } from '../action.ts';
import { withAdvice } from '../exit.ts';
import { seconds } from '../keys/options.ts';
import { type PageOptions, paged, pageQuery, printList } from '../output/lists.ts';
import { explanationText } from '../output/text.ts';
import { create } from './create.ts';
import { BATCHES, batchText, chunksText, reportText } from './text.ts';
import { uploadFile } from './upload-file.ts';
import { uploadText, waitForUpload } from './wait-for-upload.ts';
import { watchBatch } from './watch.ts';

const PAID = ['--paid', 'waits until every payout has ended, not only until the file is stored'] as const;

export const batches: AddTo = (program) => {
  const group = program.command('batches').description('batches of payouts');
  for (const addTo of [create, read, watch, operate, report, upload]) addTo(group);
};

const read: AddTo = (group) => {
  paged(group.command('list').description('lists batches, newest first'))
    .option('--status <status>', 'only these, such as stopped')
    .addHelpText(...example('batches list --status stopped --limit 20'))
    .action(
      action<PageOptions & { status?: Batch['status'] }>(async (cli, { status, ...options }) => {
        const query = { ...pageQuery(options), ...(status && { status }) };
        await printList(cli, options, cli.api().batches.list(query), 'batches', BATCHES);
      }),
    );
  group
    .command('get <batch_id>')
    .description('shows a batch')
    .addHelpText(...example('batches get payroll-2026-11'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const batch = await cli.api().batches.get(id);
        cli.print(batch, batchText(batch), [id]);
      }),
    );
  group
    .command('chunks <batch_id>')
    .description('shows the parts of a batch, and which worker holds each one')
    .addHelpText(...example('batches chunks payroll-2026-11'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const chunks = await cli.api().batches.chunks(id);
        const ids = chunks.map(({ chunk }) => `${chunk}`);
        cli.print({ chunks }, chunksText(chunks), ids);
      }),
    );
  group
    .command('explain <batch_id>')
    .description('says why a batch has its status, and what happens next')
    .addHelpText(...example('batches explain payroll-2026-11'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const explanation = await cli.api().batches.explain(id);
        cli.print(explanation, explanationText(explanation));
      }),
    );
};

const watch: AddTo = (group) => {
  group
    .command('watch <batch_id>')
    .description('waits until every payout has ended. Ctrl-C ends only this command')
    .option('--timeout <duration>', 'how long it waits, such as 30m (default: for ever)', seconds)
    .addHelpText(...example('batches watch payroll-2026-11'))
    .action(action(watchBatch));
};

/** An uploaded file: what is asked for is for all of its batches. */
const isUpload = (id: string): boolean => /^upl_[0-9a-f]{32}$/.test(id);

const answer = (cli: Cli, one: BatchHeader | Upload) =>
  'upload_id' in one
    ? cli.print(one, uploadText(one), [one.upload_id])
    : cli.print(one, batchText(one), [one.batch_id]);

/** Commands whose answer is the batch, or the upload. */
const operate: AddTo = (group) => {
  group
    .command('start <batch_id|upload_id>')
    .description('starts a batch or all batches of an upload, or resumes what is stopped')
    .addHelpText(...example('batches start payroll-2026-11'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const { batches, uploads } = cli.api();
        answer(cli, await (isUpload(id) ? uploads : batches).start(id));
      }),
    );
  group
    .command('stop <batch_id|upload_id>')
    .description('stops a batch, or all batches of an upload: nothing more is sent once it is stopped')
    .addHelpText(...example('batches stop payroll-2026-11'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const { batches, uploads } = cli.api();
        answer(cli, await (isUpload(id) ? uploads : batches).stop(id));
      }),
    );
  group
    .command('schedule <batch_id>')
    .description('changes the time at which a scheduled batch starts')
    .requiredOption('--at <time>', 'at most 90 days ahead, with its offset from UTC')
    .addHelpText(...example('batches schedule payroll-2026-11 --at 2026-11-30T06:00:00Z'))
    .action(
      action<{ at: string }, [string]>(async (cli, { at }, id) =>
        answer(cli, await cli.api().batches.schedule(id, at)),
      ),
    );
  group
    .command('cancel <batch_id|upload_id>')
    .description('cancels all that was not sent, of a batch or an upload')
    .requiredOption('--reason <text>', 'it is stored with the batch')
    .addHelpText(...example("batches cancel payroll-2026-11 --reason 'wrong month'"))
    .action(
      action<{ reason: string }, [string]>(async (cli, { reason }, id) => {
        const { batches, uploads } = cli.api();
        answer(cli, await (isUpload(id) ? uploads : batches).cancel(id, reason));
      }),
    );
  group
    .command('retry <batch_id>')
    .description('pays the retryable failures of a finished batch again')
    .option('--code <code...>', 'only failures with one of these codes')
    .addHelpText(...example('batches retry payroll-2026-11 --code INSUFFICIENT_BALANCE'))
    .action(
      action<{ code?: string[] }, [string]>(async (cli, { code: codes }, id) => {
        const { batches } = cli.api();
        const retried = await withAdvice(`See whether its run has changed: npx sluice batches get ${id}`, () =>
          batches.retryFailed(id, codes ? { codes } : {}),
        );
        cli.print(retried, `The batch ${id} is ${retried.status}. Payouts retried: ${retried.reopened_count}.`, [id]);
      }),
    );
};

const report: AddTo = (group) => {
  group
    .command('report <batch_id>')
    .description('shows the result of a batch, and its failures by reason')
    .option('--csv', 'a line for each payout')
    .addHelpText(...example('batches report payroll-2026-11 --csv > payroll.csv'))
    .action(
      action<{ csv?: boolean }, [string]>(async (cli, { csv }, id) => {
        const { batches } = cli.api();
        if (csv) return void process.stdout.write(await batches.reportCsv(id));
        const report = await batches.report(id);
        cli.print(report, reportText(report));
      }),
    );
};

const upload: AddTo = (group) => {
  group
    .command('upload <file>')
    .description('uploads a CSV or JSON Lines file of up to 1,000,000 payouts, and waits until it is stored')
    .option('--no-start', 'stores the batches without starting them')
    .option('--skip-invalid', 'pays the valid rows, although others are not valid')
    .option('--duplicates <mode>', 'reject, skip or allow payouts whose id another payout has', 'reject')
    .option('--claim-transactions', 'claims each of transaction_ids, so that no sale is paid out twice')
    .option(...PAID)
    .addHelpText(...example('batches upload november.csv --paid'))
    .action(action(uploadFile));
  group
    .command('wait <upload_id>')
    .description('waits for an uploaded file again')
    .option(...PAID)
    .addHelpText(...example('batches wait upl_0123456789abcdef0123456789abcdef --paid'))
    .action(action(waitForUpload));
};
