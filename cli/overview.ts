import { type AddTo, action, example } from './action.ts';
import { table, time } from './output/text.ts';

/** Of all domains. What moves in batches: `payouts overview`. */
export const overview: AddTo = (program) => {
  program
    .command('overview')
    .description('shows what waits and what has failed in all domains, and the circuits to the rails')
    .addHelpText(...example('overview'))
    .action(
      action<object, []>(async (cli) => {
        const now = await cli.api().overview();
        const circuits = now.circuits.map(({ rail, state, failures, open_since: since }) => [
          rail,
          state === 'open' ? `open: ${failures} sends without an answer` : state,
          time(since),
        ]);
        const due = Object.entries(now.oldest_due).map(([work, oldest]) => [
          words(work),
          oldest ? time(oldest.since) : 'nothing',
          oldest?.id,
        ]);
        const dead = Object.entries(now.dead_letters).map(([kind, { count, is_whole: isWhole }]) => [
          words(kind),
          `${isWhole ? '' : 'more than '}${count}`,
        ]);
        const parts = [
          table(['CIRCUIT TO', 'STATE', 'SINCE (UTC)'], circuits, ''),
          table(['WAITS FOR A WORKER', 'SINCE (UTC)', 'OLDEST'], due, ''),
          table(['DEAD LETTERS', 'COUNT'], dead, ''),
        ];
        cli.print(now, parts.join('\n\n'));
      }),
    );
};

const words = (name: string) => name.replaceAll('_', ' ');
