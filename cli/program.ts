import { Command } from 'commander';
import { audit } from './audit.ts';
import { keys } from './keys/group.ts';

/** Adds a command to the program or to a group. A command is a file of its own, such as cli/keys/revoke.ts. */
export type AddTo = (parent: Command) => void;

const COMMANDS: readonly AddTo[] = [keys, audit];

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
