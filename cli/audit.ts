import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { checkExport } from '../lib/audit/check-export.ts';
import { exportLog, NotExportable } from '../lib/audit/export-log.ts';
import { fingerprintOf } from '../lib/audit/head.ts';
import type { SealedLog } from '../scripts/audit.ts';
import { awsOf } from '../scripts/aws.ts';
import { BadInput, Refused } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { list } from './audit-list.ts';

type Stage = { readonly stage: string };
const STAGE = ['--stage <stage>', 'the stage whose tables are read', 'local'] as const;

/** `export` and `public-key` read the tables and the bucket of this machine, or those of a stage with AWS credentials. */
export const audit: AddTo = (program) => {
  const group = program.command('audit').description('lists events; exports and checks the sealed audit log');
  list(group);
  group
    .command('export')
    .description('writes the sealed events of a range of time with their proof, as JSON lines')
    .requiredOption('--from <time>', 'ISO 8601, such as 2026-11-01T00:00:00Z')
    .requiredOption('--to <time>', 'ISO 8601; not included')
    .option('--out <file>', 'by default standard output')
    .option(...STAGE)
    .addHelpText(...example('audit export --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --out november.jsonl'))
    .action(action(exportRange));
  group
    .command('check <file>')
    .description('checks an exported file without access to the service, and prints the result')
    .option('--public-key <file>', 'the public key in PEM form: see `sluice audit public-key`')
    .addHelpText(...example('audit check november.jsonl --public-key audit.pem'))
    .action(action(check));
  group
    .command('public-key')
    .description('prints the public key that signs the audit log, to be kept elsewhere')
    .option(...STAGE)
    .addHelpText(...example('audit public-key > audit.pem'))
    .action(action(publicKey));
};

async function exportRange(
  cli: Cli,
  { stage, ...options }: Stage & { from: string; to: string; out?: string },
): Promise<void> {
  const range = { from: instant('--from', options.from), to: instant('--to', options.to) };
  await withLog(cli, stage, async (sealed) => {
    const chain = await sealed.chain();
    if (!chain) throw new Refused('Nothing is sealed yet.');
    const out = options.out === undefined ? process.stdout : createWriteStream(options.out);
    for await (const line of exportLog({ ...sealed, chain }, range)) {
      if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, 'drain');
    }
    if (out !== process.stdout) {
      out.end();
      await once(out, 'finish');
    }
  });
}

async function check(cli: Cli, options: { publicKey?: string }, file: string): Promise<void> {
  const trusted = options.publicKey === undefined ? undefined : readFileSync(options.publicKey, 'utf8');
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const { problems, proves } = await checkExport(lines, trusted);
  const text = problems.length > 0 ? ['This file proves nothing:', ...problems.map((each) => `  ! ${each}`)] : proves;
  cli.print({ problems, proves }, text.join('\n'));
  if (problems.length > 0) process.exitCode = 1;
}

async function publicKey(cli: Cli, { stage }: Stage): Promise<void> {
  await withLog(cli, stage, async (sealed) => {
    const pem = await sealed.publicKey();
    cli.print({ public_key: pem, fingerprint: fingerprintOf(pem) }, pem.trimEnd());
  });
}

async function withLog(cli: Cli, stage: string, work: (sealed: SealedLog) => Promise<void>): Promise<void> {
  const at = stage === STAGE[2] ? cli.endpoints() : undefined;
  // The other commands start faster without the SDK.
  const { sealedLogOf } = await import('../scripts/audit.ts');
  const sealed = at ? sealedLogOf(awsOf(at), stage, at.auditKey) : sealedLogOf({}, stage);
  try {
    await work(sealed);
  } catch (error) {
    throw error instanceof NotExportable ? new Refused(error.message) : error;
  } finally {
    sealed.close();
  }
}

function instant(option: string, text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new BadInput(`${option} is not a time: ${text}`);
  return new Date(time).toISOString();
}
