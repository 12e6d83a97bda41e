import type { Command } from 'commander';
import { type Sluice, toJson } from '../client/index.ts';
import { BadInput, clientOf, type Endpoints, endpointsOf } from '../scripts/endpoints.ts';
import { StageBar } from '../scripts/stage-bar.ts';
import { EXIT } from './exit.ts';
import { profileNamed } from './profiles/file.ts';

/** Adds a command to the program or to a group. A command is a file of its own, such as cli/keys/revoke.ts. */
export type AddTo = (parent: Command) => void;

type Common = {
  readonly dataDir?: string;
  readonly url?: string;
  readonly profile?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
};

/** What a command works with. */
export type Cli = {
  /** The API of the service that the options name. @throws Unexpected if they name none */
  readonly api: () => Sluice;
  /** The addresses of the service in the data directory. @throws Unexpected if none is running */
  readonly endpoints: () => Endpoints;
  /** Prints a result: as JSON with --json, its ids with --quiet, else as text. Without ids the text is printed in any case. */
  readonly print: (result: unknown, text: string, ids?: readonly string[]) => void;
  /** Tells a person about the work, on standard error. Not with --quiet. */
  readonly note: (text: string) => void;
  /** Undefined with --quiet. */
  readonly bar: () => StageBar | undefined;
  /** After Ctrl-C the command ends and the service goes on. @param text says so */
  readonly leaveOnInterrupt: (text: string | (() => string)) => void;
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

/** `.addHelpText(...example('batches list'))` shows in the help of a command how it is used. */
export const example = (line: string) => ['after', `\nExample:\n  sluice ${line}`] as const;

function cliOf(common: Common): Cli {
  const { json: isJson = false, quiet: isQuiet = false } = common;
  return {
    api: () => clientOf(serviceOf(common)),
    endpoints: () => endpointsOf(common.dataDir),
    print: (result, text, ids) => {
      const asText = isQuiet && ids ? ids.join('\n') : text;
      if (isJson || asText !== '') console.log(isJson ? toJson(result, 2) : asText);
    },
    note: (text) => isQuiet || console.error(text),
    bar: () => (isQuiet ? undefined : new StageBar()),
    leaveOnInterrupt,
    isJson,
  };
}

function leaveOnInterrupt(text: string | (() => string)): void {
  // Not once: a terminal and the starting script may both send the signal.
  process.on('SIGINT', () => {
    console.error(`\n${typeof text === 'string' ? text : text()}`);
    process.exit(EXIT.interrupted);
  });
}

/** SLUICE_API_KEY alone is another key for the service on this machine. */
function serviceOf({ url = process.env.SLUICE_URL, profile, dataDir }: Common) {
  if (profile !== undefined) return profileNamed(profile);
  const apiKey = process.env.SLUICE_API_KEY;
  if (!url) {
    const local = endpointsOf(dataDir);
    return apiKey ? { ...local, apiKey } : local;
  }
  if (!apiKey) throw new BadInput(`Set SLUICE_API_KEY to a key of the service at ${url}.`);
  return { api: url, apiKey };
}
