import type { WebhookEndpoint } from '../client/index.ts';
import { BadInput } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { withAdvice } from './exit.ts';
import { seconds } from './keys/options.ts';
import { facts, time } from './output/text.ts';

const ENDPOINT = 'webhook_0123456789abcdef0123456789abcdef';

type Change = {
  readonly url?: string;
  readonly events?: readonly string[];
  readonly description?: string;
  readonly enable?: boolean;
  readonly disable?: boolean;
};

/** One endpoint: shown and changed. */
export const endpoint: AddTo = (group) => {
  group
    .command('get <endpoint_id>')
    .description('shows an endpoint')
    .addHelpText(...example(`webhooks get ${ENDPOINT}`))
    .action(
      action<object, [string]>(async (cli, _options, id) => answer(cli, await cli.api().webhookEndpoints.get(id))),
    );
  group
    .command('change <endpoint_id>')
    .description('changes the settings that an option names')
    .option('--url <url>', 'the next attempt of each delivery uses it')
    .option('--events <types...>', "such as payout.failed or 'payout.*'")
    .option('--description <text>', 'what it is for')
    .option('--enable', 'sends what waits, and events from now on')
    .option('--disable', 'its deliveries wait until it is enabled')
    .addHelpText(...example(`webhooks change ${ENDPOINT} --disable`))
    .action(action(change));
  group
    .command('rotate <endpoint_id>')
    .description('makes a new secret, and prints it once. The old one signs too until the overlap ends')
    .option('--overlap <duration>', 'such as 0s, 24h or 7d; at most 30d', seconds, 86_400)
    .addHelpText(...example(`webhooks rotate ${ENDPOINT} --overlap 24h`))
    .action(action(rotate));
};

async function change(cli: Cli, { events, enable, disable, ...texts }: Change, id: string): Promise<void> {
  if (enable && disable) throw new BadInput('Give --enable or --disable, not both.');
  const body = {
    ...texts,
    ...(events && { event_types: [...events] }),
    ...((enable || disable) && { enabled: enable === true }),
  };
  if (Object.keys(body).length === 0) throw new BadInput('Name what changes: --help lists the options.');
  answer(cli, await cli.api().webhookEndpoints.change(id, body));
}

async function rotate(cli: Cli, { overlap }: { overlap: number }, id: string): Promise<void> {
  const { webhookEndpoints: all } = cli.api();
  const advice = 'Run the command again: it makes another secret.';
  const rotated = await withAdvice(advice, () => all.rotate(id, { overlap_seconds: overlap }));
  const text =
    rotated.secret === undefined
      ? `The secret of ${id} was rotated before, and is not shown again.`
      : `The endpoint ${id} has a new secret. This is the only time that it is shown:\n\n    ${rotated.secret}\n`;
  cli.print(rotated, text);
}

export const stateOf = ({ enabled, disabled_reason: reason }: WebhookEndpoint) =>
  enabled ? 'enabled' : (reason ?? 'disabled');

const answer = (cli: Cli, endpoint: WebhookEndpoint) =>
  cli.print(
    endpoint,
    facts([
      ['endpoint', endpoint.endpoint_id],
      ['state', stateOf(endpoint)],
      ['url', endpoint.url],
      ['events', endpoint.event_types.join(', ')],
      ['description', endpoint.description],
      ['failing since', time(endpoint.failing_since)],
    ]),
    [endpoint.endpoint_id],
  );
