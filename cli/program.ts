import { Command, Option } from 'commander';
import type { AddTo } from './action.ts';
import { approvals } from './approvals.ts';
import { audit } from './audit.ts';
import { bank } from './bank.ts';
import { batches } from './batches/group.ts';
import { doctor } from './doctor.ts';
import { epoch } from './epoch.ts';
import { health } from './health.ts';
import { imports } from './imports.ts';
import { keys } from './keys/group.ts';
import { lab } from './lab.ts';
import { listen } from './listen.ts';
import { demo, verify } from './local.ts';
import { orders, products } from './orders.ts';
import { overview } from './overview.ts';
import { payments } from './payments.ts';
import { payouts } from './payouts.ts';
import { profiles } from './profiles/group.ts';
import { redrive } from './redrive.ts';
import { rules } from './rules.ts';
import { settle } from './settle.ts';
import { uploads } from './uploads.ts';
import { wallets } from './wallets.ts';
import { webhooks } from './webhooks.ts';
import { withdrawals } from './withdrawals.ts';

const COMMANDS: readonly AddTo[] = [
  ...[batches, uploads, payouts, approvals, rules, withdrawals, wallets, payments, orders, products, imports, settle],
  ...[webhooks, listen, health, overview, keys, audit, verify, doctor, redrive, epoch, bank, lab, demo, profiles],
];

export function sluice(): Command {
  const program = new Command('sluice')
    .description('Operates a Sluice service.')
    .option('--data-dir <dir>', 'data directory of a service on this machine (default: SLUICE_DATA_DIR or .sluice)')
    .option('--url <url>', 'address of another service (default: SLUICE_URL). Its key is in SLUICE_API_KEY')
    .addOption(new Option('--profile <name>', 'a stage of: npx sluice profiles list').conflicts(['url', 'dataDir']))
    .addOption(new Option('--json', 'print the JSON of the API').conflicts('quiet'))
    .option('-q, --quiet', 'print ids only, and no progress')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help shows how to use this command)');
  for (const addTo of COMMANDS) addTo(program);
  return program;
}
