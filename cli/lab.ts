import type { LaboratoryState } from '../localstack/embedded/laboratory/shapes.ts';
import { Refused, reach, Unexpected } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { table, time } from './output/text.ts';

const MARKED = { 'X-Sluice-Console': '1', 'Content-Type': 'application/json' };

/** The laboratory of a service on this machine. `bank mode` and `verify` do the rest of it. */
export const lab: AddTo = (program) => {
  const group = program.command('lab').description('kills processes of a service on this machine, to see it recover');
  group
    .command('state')
    .description('lists the processes of the service')
    .addHelpText(...example('lab state'))
    .action(
      action(async (cli) => {
        const state = await ask<LaboratoryState>(cli, 'GET', '/state');
        cli.print(
          state,
          stateText(state),
          state.processes.map(({ pid }) => `${pid}`),
        );
      }),
    );
  group
    .command('restart')
    .description('kills the functions and the API with kill -9, and starts them again')
    .addHelpText(...example('lab restart'))
    .action(
      action(async (cli) => cli.print(await ask(cli, 'POST', '/restart'), 'The functions and the API are restarted.')),
    );
  group
    .command('kill')
    .description('kills all processes with kill -9. `npm start` continues the work')
    .addHelpText(...example('lab kill'))
    .action(
      action(async (cli) =>
        cli.print(await ask(cli, 'POST', '/kill'), 'All processes are killed. To continue: npm start'),
      ),
    );
};

async function ask<Body>(cli: Cli, method: 'GET' | 'POST', path: string): Promise<Body> {
  const { laboratory } = cli.endpoints();
  if (laboratory === undefined) throw new Unexpected('This service has no laboratory. Start one that has: npm start');
  const response = await reach(`${laboratory}${path}`, method === 'GET' ? {} : { method, headers: MARKED, body: '{}' });
  const body = (await response.json()) as Body & { readonly error?: { readonly message: string } };
  if (!response.ok) throw new Refused(body.error?.message ?? `The laboratory answered ${response.status}.`);
  return body;
}

const stateText = ({ processes, restarting }: LaboratoryState) =>
  [
    table(
      ['PROCESS', 'PID', 'RESTARTS', 'STARTED (UTC)'],
      processes.map(({ name, pid, restarts, started_at: at }) => [name, pid, restarts, time(at)]),
      'There are no processes.',
    ),
    ...(restarting ? ['The functions are being restarted.'] : []),
  ].join('\n');
