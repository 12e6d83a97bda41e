import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import type { Upload } from '../client/index.ts';
import { Unexpected } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli } from './action.ts';

const FORMATS: Readonly<Record<string, Upload['format']>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' };
const READ: readonly Upload['status'][] = ['awaiting_upload', 'checking', 'storing'];

type Options = {
  readonly start: boolean;
  readonly skipInvalid?: boolean;
  readonly duplicates: 'reject' | 'skip' | 'allow';
  readonly claimTransactions?: boolean;
};

export const batches: AddTo = (program) => {
  const group = program.command('batches').description('batches of payouts');
  group
    .command('upload <file>')
    .description('uploads a CSV or JSON Lines file of up to 1,000,000 payouts, and waits until it is stored')
    .option('--no-start', 'stores the batches without starting them')
    .option('--skip-invalid', 'pays the valid rows, although others are not valid')
    .option('--duplicates <mode>', 'reject, skip or allow payouts whose id another payout has', 'reject')
    .option('--claim-transactions', 'claims each of transaction_ids, so that no sale is paid out twice')
    .action(action(upload));
};

async function upload(cli: Cli, options: Options, file: string): Promise<void> {
  const format = FORMATS[extname(file).toLowerCase()];
  if (!format) throw new Unexpected(`${file}: the name must end in .csv or .jsonl`);
  const { uploads } = cli.api();
  const created = await uploads.create({
    format,
    auto_start: options.start,
    on_invalid: options.skipInvalid ? 'skip' : 'reject_all',
    duplicates: options.duplicates,
    claim_transactions: options.claimTransactions ?? false,
  });
  const body = Readable.toWeb(createReadStream(file));
  const headers = { 'content-length': String((await stat(file)).size) };
  const answer = await fetch(created.upload_url, { method: 'PUT', headers, duplex: 'half', body } as RequestInit);
  if (!answer.ok) throw new Unexpected(`The upload was answered ${answer.status} ${await answer.text()}`);
  const waiting = { timeoutMs: Number.POSITIVE_INFINITY, pollMs: 500 };
  const stored = await uploads.waitFor(created.upload_id, waiting, ({ status }) => !READ.includes(status));
  cli.print(stored, textOf(stored));
  if (stored.status === 'refused') process.exitCode = 1;
}

function textOf({
  upload_id,
  status,
  rows,
  stored,
  duplicates,
  rejected,
  batches,
  approval_id,
  error,
}: Upload): string {
  return [
    `${upload_id}  ${status}`,
    `${rows} rows: ${stored} stored in ${batches.length} batches, ${duplicates} duplicates, ${rejected} not valid`,
    ...(approval_id ? [`It waits for the approval ${approval_id}.`] : []),
    ...(error ? [error] : []),
  ].join('\n');
}
