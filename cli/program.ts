import { Command } from 'commander';
import type { AddTo } from './action.ts';
import { audit } from './audit.ts';
import { batches } from './batches.ts';
import { keys } from './keys/group.ts';
import { listen } from './listen.ts';

const COMMANDS: readonly AddTo[] = [keys, audit, batches, listen];

export function sluice(): Command {
  const program = new Command('sluice')
    .description('Operates a Sluice service.')
    .option('--data-dir <dir>', 'data directory of a service on this machine (default: SLUICE_DATA_DIR or .sluice)')
    .option('--url <url>', 'address of another service (default: SLUICE_URL). Its key is in SLUICE_API_KEY')
    .option('--json', 'print JSON')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help shows how to use this command)');
  for (const addTo of COMMANDS) addTo(program);
  return program;
}
