import type { Command } from 'commander';
import type { Sluice } from '../client/index.ts';
import { clientOf, type Endpoints, endpointsOf, Unexpected } from '../scripts/endpoints.ts';

/** Adds a command to the program or to a group. A command is a file of its own, such as cli/keys/revoke.ts. */
export type AddTo = (parent: Command) => void;

type Common = { readonly dataDir?: string; readonly url?: string; readonly json?: boolean };

/** What a command works with. */
export type Cli = {
  /** The API of the service that the options name. @throws Unexpected if they name none */
  readonly api: () => Sluice;
  /** The addresses of the service in the data directory. @throws Unexpected if none is running */
  readonly endpoints: () => Endpoints;
  /** Prints a result: as JSON with --json, as text without. */
  readonly print: (result: unknown, text: string) => void;
  /** --json was given. */
  readonly isJson: boolean;
};

/**
 * The action of a command: `.action(action(async (cli, options, ...args) => { ... }))`. It gets the command's own options and
 * arguments. To end with an exit code other than 0 it sets process.exitCode.
 */
export function action<Options, Args extends readonly string[] = []>(
  work: (cli: Cli, options: Options, ...args: Args) => Promise<void>,
) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const common = command.optsWithGlobals<Common>();
    await work(cliOf(common), command.opts<Options & object>(), ...(given.slice(0, -2) as unknown as Args));
  };
}

function cliOf(common: Common): Cli {
  return {
    api: () => clientOf(serviceOf(common)),
    endpoints: () => endpointsOf(common.dataDir),
    print: (result, text) => console.log(common.json ? JSON.stringify(result, null, 2) : text),
    isJson: common.json === true,
  };
}

/** SLUICE_API_KEY alone is another key for the service on this machine. */
function serviceOf({ url = process.env.SLUICE_URL, dataDir }: Common) {
  const apiKey = process.env.SLUICE_API_KEY;
  if (!url) {
    const local = endpointsOf(dataDir);
    return apiKey ? { ...local, apiKey } : local;
  }
  if (!apiKey) throw new Unexpected(`Set SLUICE_API_KEY to a key of the service at ${url}.`);
  return { api: url, apiKey };
}
