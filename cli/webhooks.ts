import { randomUUID } from 'node:crypto';
import type {
  WebhookDelivery,
  WebhookDeliveryWithAttempts,
  WebhookEndpoint,
  WebhookEndpointWithSecret,
} from '../client/index.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { withAdvice } from './exit.ts';
import { type Listing, type PageOptions, paged, pageQuery, printList } from './output/lists.ts';
import { facts, table, time } from './output/text.ts';
import { endpoint, stateOf } from './webhooks-change.ts';

const ENDPOINT = 'webhook_0123456789abcdef0123456789abcdef';

export const webhooks: AddTo = (program) => {
  const group = program.command('webhooks').description('endpoints that events are sent to');
  for (const addTo of [list, create, endpoint, remove, test, deliveries, replay]) addTo(group);
};

const list: AddTo = (group) => {
  group
    .command('list')
    .description('lists the endpoints, oldest first')
    .addHelpText(...example('webhooks list'))
    .action(
      action(async (cli) => {
        const answer = await cli.api().webhookEndpoints.list();
        const ids = answer.endpoints.map(({ endpoint_id: id }) => id);
        cli.print(answer, listText(answer.endpoints), ids);
      }),
    );
};

type Create = { readonly events: readonly string[]; readonly description?: string; readonly disabled?: boolean };

const create: AddTo = (group) => {
  group
    .command('create <url>')
    .description('creates an endpoint, and prints its secret once')
    .option('--events <types...>', "such as payout.failed or 'payout.*'", ['*'])
    .option('--description <text>', 'what it is for')
    .option('--disabled', 'nothing is sent to it yet')
    .addHelpText(...example("webhooks create https://shop.example.com/hook --events 'payout.*' batch.completed"))
    .action(
      action<Create, [string]>(async (cli, { events, description = '', disabled = false }, url) => {
        const body = { url, event_types: [...events], description, enabled: !disabled };
        const { webhookEndpoints: all } = cli.api();
        const advice = 'See whether it exists: npx sluice webhooks list';
        const made = await withAdvice(advice, () => all.create(body, { idempotencyKey: randomUUID() }));
        cli.print(made, madeText(made));
      }),
    );
};

const remove: AddTo = (group) => {
  group
    .command('delete <endpoint_id>')
    .description('deletes an endpoint: nothing more is sent to it')
    .addHelpText(...example(`webhooks delete ${ENDPOINT}`))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        await cli.api().webhookEndpoints.delete(id);
        cli.print({ endpoint_id: id }, `The endpoint ${id} is deleted.`, [id]);
      }),
    );
};

const test: AddTo = (group) => {
  group
    .command('test <endpoint_id>')
    .description('sends an event to this endpoint only')
    .addHelpText(...example(`webhooks test ${ENDPOINT}`))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const { webhookEndpoints: all } = cli.api();
        answer(cli, await withAdvice(`See what was sent: npx sluice webhooks deliveries ${id}`, () => all.test(id)));
      }),
    );
};

type Deliveries = PageOptions & { readonly status?: WebhookDelivery['status'] };

const deliveries: AddTo = (group) => {
  const command = group
    .command('deliveries <endpoint_id>')
    .description('lists what was sent to an endpoint, last changed first')
    .option('--status <status>', 'pending, delivered or failed');
  paged(command)
    .addHelpText(...example(`webhooks deliveries ${ENDPOINT} --status failed`))
    .action(
      action<Deliveries, [string]>(async (cli, { status, ...options }, id) => {
        const sent = cli.api().webhookEndpoints.deliveries(id, { status, ...pageQuery(options) });
        await printList(cli, options, sent, 'deliveries', DELIVERIES);
      }),
    );
  group
    .command('delivery <delivery_id>')
    .description('shows each attempt of a delivery')
    .addHelpText(...example('webhooks delivery msg_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const delivery = await cli.api().webhookDeliveries.get(id);
        cli.print(delivery, [deliveryText(delivery), '', attemptsText(delivery)].join('\n'), [id]);
      }),
    );
};

type Replay = { readonly from?: string; readonly to?: string };

const replay: AddTo = (group) => {
  group
    .command('replay <endpoint_id|delivery_id>')
    .description('sends a delivery again; or, to an endpoint, what failed or a range of events')
    .option('--from <time>', 'all events from this time on, such as 2026-11-01T00:00:00Z')
    .option('--to <time>', 'up to this time, not included')
    .addHelpText(...example(`webhooks replay ${ENDPOINT} --from 2026-11-01T00:00:00Z`))
    .action(
      action<Replay, [string]>(async (cli, { from, to }, id) => {
        const { webhookEndpoints, webhookDeliveries } = cli.api();
        const advice =
          'See what was sent with: npx sluice webhooks deliveries <endpoint_id>. A repetition sends it once more.';
        if (id.startsWith('msg_')) return answer(cli, await withAdvice(advice, () => webhookDeliveries.replay(id)));
        const body = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
        const started = await withAdvice(advice, () => webhookEndpoints.replay(id, body));
        cli.print(started, `The replay ${started.replay_id} has begun.`, [started.replay_id]);
      }),
    );
};

const answer = (cli: Cli, delivery: WebhookDelivery) =>
  cli.print(delivery, deliveryText(delivery), [delivery.delivery_id]);

const listText = (endpoints: readonly WebhookEndpoint[]) =>
  table(
    ['ENDPOINT', 'STATE', 'URL', 'EVENTS', 'FAILING SINCE (UTC)'],
    endpoints.map((each) => [
      ...[each.endpoint_id, stateOf(each), each.url],
      ...[each.event_types.join(', '), time(each.failing_since)],
    ]),
    'There are no endpoints.',
  );

const madeText = ({ endpoint_id: id, url, secret }: WebhookEndpointWithSecret) =>
  secret === undefined
    ? `The endpoint ${id} (${url}) was created before. Its secret is not shown again.`
    : `The endpoint ${id} (${url}) is created. This is the only time that its secret is shown:\n\n    ${secret}\n`;

const DELIVERIES: Listing<WebhookDelivery> = {
  head: ['DELIVERY', 'STATUS', 'TYPE', 'SUBJECT', 'ATTEMPTS', 'NEXT (UTC)', 'CREATED (UTC)'],
  row: (each) => [
    ...[each.delivery_id, each.status, each.event_type, each.subject, each.attempt_count],
    ...[time(each.next_attempt_at), time(each.created_at)],
  ],
  id: ({ delivery_id: id }) => id,
  none: 'Nothing was sent.',
};

const deliveryText = (delivery: WebhookDelivery | WebhookDeliveryWithAttempts) =>
  facts([
    ['delivery', delivery.delivery_id],
    ['status', delivery.status],
    ['event', `${delivery.event_type} ${delivery.subject}`],
    ['event id', delivery.event_id],
    ['attempts', delivery.attempt_count],
    ['next attempt', time(delivery.next_attempt_at)],
    ['ended', time(delivery.ended_at)],
  ]);

const attemptsText = ({ attempts }: WebhookDeliveryWithAttempts) =>
  table(
    ['TIME (UTC)', 'STATUS', 'DURATION', 'ERROR'],
    attempts.map(({ at, status, duration_ms: ms, error }) => [time(at), status, `${ms} ms`, error]),
    'There was no attempt yet.',
  );
