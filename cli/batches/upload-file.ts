import type { Sluice } from '../../client/index.ts';
import { Refused, Unexpected } from '../../scripts/endpoints.ts';
import { BrokenUpload, type LocalFile, localFile, putFile } from '../../scripts/uploads.ts';
import type { Cli } from '../action.ts';
import { type WaitOptions, waitAgain, waitForUpload } from './wait-for-upload.ts';

type Options = WaitOptions & {
  readonly start: boolean;
  readonly skipInvalid?: boolean;
  readonly duplicates: 'reject' | 'skip' | 'allow';
  readonly claimTransactions?: boolean;
};

export async function uploadFile(cli: Cli, options: Options, path: string): Promise<void> {
  const file = await localFile(path);
  const { uploads } = cli.api();
  const { upload_id: id, upload_url } = await uploads.create({
    format: file.format,
    auto_start: options.start,
    on_invalid: options.skipInvalid ? 'skip' : 'reject_all',
    duplicates: options.duplicates,
    claim_transactions: options.claimTransactions ?? false,
  });
  await send(cli, id, upload_url, file);
  cli.note(`The file is uploaded. The service continues without this command. ${waitAgain(id, options)}`);
  await waitForUpload(cli, options, id);
}

async function send(cli: Cli, id: string, url: string, file: LocalFile): Promise<void> {
  const { uploads } = cli.api();
  const bar = cli.bar();
  try {
    await putFile(url, file, (percent) => bar?.show('uploading', percent));
  } catch (error) {
    if (!(error instanceof BrokenUpload)) throw error;
    // The whole file may have arrived, and only the answer may be lost. Then it must not be uploaded again.
    const { status } = await giveUp(uploads, id).catch(() => {
      throw new Unexpected(
        `${error.message} The service does not answer either, so it is not known whether the file arrived. Do not upload it again before this command shows that ${id} is refused: npx sluice batches wait ${id}`,
      );
    });
    if (status === 'refused') {
      throw new Refused(`${error.message} Nothing of the file was stored or paid. Run the command again.`);
    }
  } finally {
    bar?.stop();
  }
}

/** Ends an upload without a file, so that its file cannot arrive late. @returns it; it is not `refused` if its file had arrived */
async function giveUp(uploads: Sluice['uploads'], id: string) {
  const now = await uploads.get(id);
  return now.status === 'awaiting_upload' ? uploads.cancel(id, 'The upload of the file broke.') : now;
}
