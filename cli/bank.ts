import { InvalidArgumentError } from 'commander';
import { MockBank } from '../scripts/bank.ts';
import { type AddTo, action, example } from './action.ts';

type Options = {
  readonly latency?: readonly [number, number];
  readonly code?: string;
  readonly seed?: string;
  readonly set: Readonly<Record<string, unknown>>;
};

/** Only of a service on this machine: a deployment has no mock bank. */
export const bank: AddTo = (program) => {
  const group = program.command('bank').description('the mock bank of a service on this machine');
  group
    .command('mode [mode]')
    .description(
      'shows or changes how the bank behaves: happy, latency, timeout, timeout-after-effect, 500, declined ...',
    )
    .option('--latency <min-max>', 'milliseconds from arrival to outcome, such as 20-120', range)
    .option('--code <code>', 'the refusal of the mode declined')
    .option('--seed <seed>', 'the same seed gives the same outcomes')
    .option('--set <name=value>', 'another setting, such as duplicates=reject; repeat it', setting, {})
    .addHelpText(...example('bank mode random --latency 20-120 --seed 42'))
    .action(
      action<Options, [string]>(async (cli, { latency, code, seed, set }, mode) => {
        const mockBank = new MockBank(cli.endpoints());
        const given = Object.entries({ mode, code, seed, latency_ms: latency }).filter(
          ([, value]) => value !== undefined,
        );
        const wanted = { ...Object.fromEntries(given), ...set };
        if (Object.keys(wanted).length > 0) await mockBank.setMode(wanted);
        const settings = await mockBank.mode();
        const lines = Object.entries(settings).map(([name, value]) => `${name.padEnd(18)} ${value}`);
        cli.print(settings, lines.join('\n'));
      }),
    );
};

function range(text: string): [number, number] {
  const [, min, max] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (min === undefined || max === undefined) throw new InvalidArgumentError('It must be two numbers, such as 20-120.');
  return [Number(min), Number(max)];
}

function setting(text: string, before: Options['set']): Options['set'] {
  const [, name, value = ''] = /^([a-z_]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be a name and a value, such as returns_percent=5.');
  return { ...before, [name]: /^\d+$/.test(value) ? Number(value) : value };
}
