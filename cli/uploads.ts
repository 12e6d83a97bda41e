import type { Upload } from '../client/index.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { uploadText } from './batches/wait-for-upload.ts';

const UPLOAD = 'upl_0123456789abcdef0123456789abcdef';

/** Uploaded files. `batches` has the commands that also work on batches: upload, wait, start, stop and cancel. */
export const uploads: AddTo = (program) => {
  const group = program.command('uploads').description('uploaded files of payouts');
  const add = (name: string, what: string, request: (cli: Cli, id: string) => Promise<Upload>) =>
    group
      .command(`${name} <upload_id>`)
      .description(what)
      .addHelpText(...example(`uploads ${name} ${UPLOAD}`))
      .action(action<object, [string]>(async (cli, _options, id) => answer(cli, await request(cli, id))));
  add('get', 'shows an upload', (cli, id) => cli.api().uploads.get(id));
  add('submit', 'reads the file now, without waiting for the notification of the storage', (cli, id) =>
    cli.api().uploads.submit(id),
  );
  add('report', 'writes a file with a line for each payout, with the statuses of now', (cli, id) =>
    cli.api().uploads.requestReport(id),
  );
};

const answer = (cli: Cli, upload: Upload) => cli.print(upload, uploadText(upload), [upload.upload_id]);
