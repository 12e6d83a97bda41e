import { text } from 'node:stream/consumers';
import { BadInput } from '../../scripts/endpoints.ts';
import { type AddTo, action, example } from '../action.ts';
import { table } from '../output/text.ts';
import { profilesPath, readProfiles, writeProfiles } from './file.ts';

export const profiles: AddTo = (program) => {
  const group = program.command('profiles').description('addresses and keys of several stages, for --profile');
  group
    .command('add <name> <url>')
    .description('stores a stage; its key is SLUICE_API_KEY, or is read from standard input')
    .addHelpText(...example('profiles add prod https://sluice.example.com < key.txt'))
    .action(
      action<object, [string, string]>(async (cli, _options, name, url) => {
        if (!/^https?:/.test(url) || !URL.canParse(url)) throw new BadInput(`${url} is not a URL.`);
        const key = await givenKey();
        writeProfiles({ ...readProfiles(), [name]: { url, api_key: key } });
        cli.print({ name, url }, `Stored in ${profilesPath()}. Use it with: --profile ${name}`, [name]);
      }),
    );
  group
    .command('list')
    .description('lists the stages, without their keys')
    .addHelpText(...example('profiles list'))
    .action(
      action(async (cli) => {
        const all = Object.entries(readProfiles()).map(([name, { url }]) => ({ name, url }));
        const rows = all.map(({ name, url }) => [name, url]);
        const names = all.map(({ name }) => name);
        cli.print(all, table(['NAME', 'URL'], rows, 'There are no profiles.'), names);
      }),
    );
  group
    .command('remove <name>')
    .description('deletes a stage and its key')
    .addHelpText(...example('profiles remove prod'))
    .action(
      action<object, [string]>(async (cli, _options, name) => {
        const { [name]: removed, ...rest } = readProfiles();
        if (!removed) throw new BadInput(`There is no profile ${name}.`);
        writeProfiles(rest);
        cli.print({ name }, `The profile ${name} is deleted. Its key is still valid: revoke it if nothing uses it.`, [
          name,
        ]);
      }),
    );
};

/** Not an option: other users of the machine see the arguments of a process. */
async function givenKey(): Promise<string> {
  const key = process.env.SLUICE_API_KEY ?? (process.stdin.isTTY ? '' : (await text(process.stdin)).trim());
  if (key) return key;
  throw new BadInput('Set SLUICE_API_KEY to the key, or give the key on standard input.');
}
