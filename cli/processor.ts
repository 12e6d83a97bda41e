import type { ProcessorStats } from '../client/index.ts';
import { type AddTo, action, example } from './action.ts';
import { countsText, facts } from './output/text.ts';

/** The processor of withdrawals, for operators. */
export const processor: AddTo = (group) => {
  group
    .command('start')
    .description('starts the processor of withdrawals')
    .addHelpText(...example('withdrawals start'))
    .action(
      action<object, []>(async (cli) => {
        const state = await cli.api().processor.start();
        cli.print(state, `The processor is ${state.status}.`);
      }),
    );
  group
    .command('stop')
    .description('stops the processor of withdrawals: nothing is sent until it is started')
    .addHelpText(...example('withdrawals stop'))
    .action(
      action<object, []>(async (cli) => {
        const state = await cli.api().processor.stop();
        const after =
          state.status === 'STOPPED'
            ? 'Nothing arrives at the chain any more.'
            : `Withdrawals in flight: ${state.in_flight}. Calls may arrive for seconds: repeat this until it is STOPPED.`;
        cli.print(state, `The processor is ${state.status}. ${after}`);
      }),
    );
  group
    .command('stats')
    .description('counts the withdrawals by status')
    .addHelpText(...example('withdrawals stats'))
    .action(
      action<object, []>(async (cli) => {
        const stats = await cli.api().processor.stats();
        cli.print(stats, statsText(stats));
      }),
    );
};

const statsText = ({ by_status: counts, queue, ...stats }: ProcessorStats) =>
  facts([
    ['processor', stats.status],
    ['withdrawals', `${countsText(counts) || 'none'}${stats.is_estimate ? ' (estimated)' : ''}`],
    ['in flight', stats.in_flight],
    ['dead letters', stats.dead_lettered],
    ['queue', `${queue.visible} waiting, ${queue.delayed} delayed`],
    ['oldest open', stats.oldest_open_age_seconds === null ? null : `${stats.oldest_open_age_seconds} s`],
  ]);
