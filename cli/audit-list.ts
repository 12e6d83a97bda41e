import type { CloudEvent, Query } from '../client/index.ts';
import { type AddTo, action, example } from './action.ts';
import { type Listing, type PageOptions, paged, pageQuery, printList } from './output/lists.ts';
import { time } from './output/text.ts';

type Options = PageOptions & Pick<Query<'getAudit'>, 'subject' | 'from' | 'to'>;

const EVENTS: Listing<CloudEvent> = {
  head: ['TIME (UTC)', 'EVENT', 'SUBJECT', 'BY KEY', 'REQUEST'],
  row: (each) => [time(each.time), each.type, each.subject, each.principalname ?? 'the service', each.requestid],
  id: ({ id }) => id,
  none: 'There is no event in this time.',
};

/** From the API: the events that are not yet sealed too. */
export const list: AddTo = (group) => {
  const command = group
    .command('list')
    .description('lists the events of all domains or of one subject, oldest first')
    .option('--subject <id>', 'such as a batch, a payment or a key')
    .option('--from <time>', 'from this time, included (default: 24 hours before --to)')
    .option('--to <time>', 'until this time, not included (default: now)');
  paged(command)
    .addHelpText(...example('audit list --from 2026-11-01T00:00:00Z --all --json'))
    .action(
      action<Options>(async (cli, { subject, from, to, ...options }) => {
        const query = { ...pageQuery(options), subject, from, to };
        await printList(cli, options, cli.api().audit(query), 'events', EVENTS);
      }),
    );
};
