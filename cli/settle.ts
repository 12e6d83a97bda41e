import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AcceptedJob, Job, JobWithProgress, Settlement } from '../client/index.ts';
import { Refused } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { EXIT, withAdvice } from './exit.ts';
import { seconds } from './keys/options.ts';
import { type Listing, type PageOptions, paged, pageQuery, printList } from './output/lists.ts';
import { explanationText, facts, time } from './output/text.ts';
import { type WatchOptions, watchUntilEnd } from './watch.ts';

const JOB = 'job_0123456789abcdef0123456789abcdef';

const JOBS: Listing<Job> = {
  head: ['JOB', 'STATUS', 'FROM', 'TO', 'CREATED (UTC)'],
  row: (job) => [job.job_id, job.status, job.from, job.to, time(job.created_at)],
  id: ({ job_id: id }) => id,
  none: 'There are no jobs.',
};

const SETTLEMENTS: Listing<Settlement> = {
  head: ['DAY', 'MERCHANT', 'GROSS (CENTS)', 'FEES', 'NET', 'TRANSACTIONS', 'JOB'],
  row: (each) => [
    ...[each.date, each.merchant_id, each.gross_cents, each.fee_cents, each.net_cents],
    ...[each.txn_count, each.unique_run_id],
  ],
  id: ({ merchant_id: id }) => id,
  none: 'Nothing is settled in this range.',
};

export const settle: AddTo = (program) => {
  const group = program.command('settle').description('settlement jobs');
  for (const addTo of [run, list, days, watch, download, cancel]) addTo(group);
};

type Run = { readonly from: string; readonly to: string; readonly key?: string; readonly watch?: boolean };

const run: AddTo = (group) => {
  group
    .command('run')
    .description('settles a range of days')
    .requiredOption('--from <date>', 'the first day, such as 2026-11-01')
    .requiredOption('--to <date>', 'the last day; at most 92 days in all')
    .option('--key <key>', 'its idempotency key: the job is created once (default: a new one)')
    .option('--watch', 'waits until the job has ended')
    .addHelpText(...example('settle run --from 2026-11-01 --to 2026-11-30 --watch'))
    .action(
      action<Run>(async (cli, { from, to, key = randomUUID(), watch: isWatched }) => {
        const again = `Run the command again with --key ${key}: the job is created at most once.`;
        const { jobs } = cli.api();
        const job = await withAdvice(again, () => jobs.create({ from, to }, { idempotencyKey: key }));
        if (isWatched) return watchJob(cli, {}, job.job_id);
        answer(cli, job);
      }),
    );
};

const list: AddTo = (group) => {
  paged(group.command('list').description('lists jobs, newest first'))
    .addHelpText(...example('settle list'))
    .action(
      action<PageOptions>(async (cli, options) => {
        await printList(cli, options, cli.api().jobs.list(pageQuery(options)), 'jobs', JOBS);
      }),
    );
  group
    .command('explain <job_id>')
    .description('says why a job has its status, and what happens next')
    .addHelpText(...example(`settle explain ${JOB}`))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const explanation = await cli.api().jobs.explain(id);
        cli.print(explanation, explanationText(explanation));
      }),
    );
};

type Days = PageOptions & { readonly from: string; readonly to: string; readonly merchant?: string };

const days: AddTo = (group) => {
  const command = group
    .command('days')
    .description('lists what is settled, by day: of one merchant, or of all')
    .requiredOption('--from <date>', 'the first day, such as 2026-11-01')
    .requiredOption('--to <date>', 'the last day; at most 92 days in all')
    .option('--merchant <id>', 'only this merchant');
  paged(command)
    .addHelpText(...example('settle days --from 2026-11-01 --to 2026-11-30 --merchant m-1'))
    .action(
      action<Days>(async (cli, { from, to, merchant, ...options }) => {
        const query = { from, to, ...(merchant && { merchant_id: merchant }), ...pageQuery(options) };
        await printList(cli, options, cli.api().settlements.list(query), 'settlements', SETTLEMENTS);
      }),
    );
};

const watch: AddTo = (group) => {
  group
    .command('watch <job_id>')
    .description('waits until a job has ended. Ctrl-C ends only this command')
    .option('--timeout <duration>', 'how long it waits, such as 30m (default: for ever)', seconds)
    .addHelpText(...example(`settle watch ${JOB}`))
    .action(action(watchJob));
};

async function watchJob(cli: Cli, options: WatchOptions, id: string): Promise<void> {
  const { jobs } = cli.api();
  const job = await watchUntilEnd<JobWithProgress>(cli, options, {
    name: `The job ${id}`,
    again: `settle watch ${id}`,
    wait: (waiting) => jobs.waitFor(id, waiting),
    progressOf: ({ status, progress, processed, total }) => ({
      ...{ stage: status.toLowerCase(), percent: progress },
      ...{ done: processed, left: total - processed },
    }),
  });
  answer(cli, job);
  if (job.status !== 'COMPLETED') process.exitCode = EXIT.failed;
}

const download: AddTo = (group) => {
  group
    .command('download <job_id>')
    .description('stores the file of a completed job, and checks its SHA-256')
    .option('--out <file>', 'where to (default: <job_id>.csv)')
    .addHelpText(...example(`settle download ${JOB} --out november.csv`))
    .action(
      action<{ out?: string }, [string]>(async (cli, { out }, id) => {
        const { jobs, downloads } = cli.api();
        const { sha256 } = await jobs.get(id);
        const response = await downloads.fetch(`${id}.csv`);
        const path = out ?? `${id}.csv`;
        await store(response, path, sha256);
        cli.print({ job_id: id, file: path, sha256 }, `${path}  SHA-256 ${sha256}`, [path]);
      }),
    );
};

/** The file appears when it is complete. @throws Refused if it is not the one of the job */
async function store({ body }: Response, path: string, sha256: string | undefined): Promise<void> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      done(null, piece);
    },
  });
  const part = `${path}.part`;
  try {
    await pipeline(Readable.fromWeb(body as never), hashing, createWriteStream(part));
    const found = hash.digest('hex');
    if (found !== sha256)
      throw new Refused(`The file has the SHA-256 ${found}, the job says ${sha256}. Download it again.`);
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

const cancel: AddTo = (group) => {
  group
    .command('cancel <job_id>')
    .description('cancels a job')
    .option('--reason <text>', 'it is stored with the job')
    .addHelpText(...example(`settle cancel ${JOB} --reason 'wrong month'`))
    .action(
      action<{ reason?: string }, [string]>(async (cli, options, id) =>
        answer(cli, await cli.api().jobs.cancel(id, options)),
      ),
    );
};

const answer = (cli: Cli, job: AcceptedJob | Job | JobWithProgress) => cli.print(job, jobText(job), [job.job_id]);

const jobText = (job: AcceptedJob | Job | JobWithProgress) =>
  facts([
    ['job', job.job_id],
    ['status', job.status],
    ['days', job.from === job.to ? job.from : `${job.from} to ${job.to}`],
    ...('processed' in job ? ([['chunks', `${job.processed} of ${job.total}`]] as const) : []),
    ...('transactions' in job ? ([['transactions', job.transactions]] as const) : []),
    ...('finished_at' in job
      ? ([
          ['lines of the file', job.settlements],
          ['error', job.error?.message],
          ['cancelled for', job.cancellation?.reason],
          ['finished', time(job.finished_at)],
        ] as const)
      : []),
    ['created', time(job.created_at)],
  ]);
