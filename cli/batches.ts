import { type AddTo, action } from './action.ts';
import { uploadFile } from './upload-file.ts';
import { waitForUpload } from './wait-for-upload.ts';

const PAID = ['--paid', 'waits until every payout has ended, not only until the file is stored'] as const;

export const batches: AddTo = (program) => {
  const group = program.command('batches').description('batches of payouts');
  group
    .command('upload <file>')
    .description('uploads a CSV or JSON Lines file of up to 1,000,000 payouts, and waits until it is stored')
    .option('--no-start', 'stores the batches without starting them')
    .option('--skip-invalid', 'pays the valid rows, although others are not valid')
    .option('--duplicates <mode>', 'reject, skip or allow payouts whose id another payout has', 'reject')
    .option('--claim-transactions', 'claims each of transaction_ids, so that no sale is paid out twice')
    .option(...PAID)
    .action(action(uploadFile));
  group
    .command('wait <upload_id>')
    .description('waits for an uploaded file again')
    .option(...PAID)
    .action(action(waitForUpload));
};
