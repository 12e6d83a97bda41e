import { NativeSelect, Text } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { WebhookDelivery, WebhookEndpoint } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { Status } from '../parts/status.tsx';
import { Ago, Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { EndpointActions } from './webhook/actions.tsx';
import { stateOf } from './webhook/endpoint.ts';

const route = getRouteApi('/webhooks/$endpointId');
const PAGE_SIZE = 50;
const STATUSES: readonly WebhookDelivery['status'][] = ['pending', 'delivered', 'failed'];
const ALL = 'all';

export function WebhookScreen() {
  const { endpointId } = route.useParams();
  const input = { params: { endpoint_id: endpointId } };
  const query = useResource('getWebhookEndpoint', input, { every: 5_000 });
  return (
    <Page
      title={query.data?.url ?? endpointId}
      aside={query.data && <Status of={stateOf(query.data)} />}
      actions={
        <>
          {query.data && <EndpointActions endpoint={query.data} />}
          <CopyAs
            command={`webhooks deliveries ${endpointId}`}
            operation="listWebhookDeliveries"
            input={{ ...input, query: {} }}
          />
        </>
      }
    >
      <Loaded query={query}>
        {(endpoint) => (
          <>
            <Panel title="Endpoint">
              <Endpoint endpoint={endpoint} />
            </Panel>
            <Deliveries endpointId={endpointId} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

const REASONS = {
  gone: 'the service has disabled it, because it answered 410',
  failing: 'the service has disabled it, because no call has succeeded for five days',
} as const;

const Endpoint = ({ endpoint }: { endpoint: WebhookEndpoint }) => (
  <Facts>
    <Fact name="Id">
      <span className="id">{endpoint.endpoint_id}</span>
    </Fact>
    {endpoint.disabled_reason && <Fact name="Disabled">{REASONS[endpoint.disabled_reason]}</Fact>}
    {endpoint.failing_since && (
      <Fact name="Every call fails since">
        <Time at={endpoint.failing_since} />
      </Fact>
    )}
    <Fact name="Events">{endpoint.event_types.join(', ')}</Fact>
    {endpoint.description && <Fact name="Description">{endpoint.description}</Fact>}
    <Fact name="Created">
      <Time at={endpoint.created_at} />
    </Fact>
    {endpoint.old_secrets_until && (
      <Fact name="Old secret signs until">
        <Time at={endpoint.old_secrets_until} />
      </Fact>
    )}
  </Facts>
);

const COLUMNS: readonly Column<WebhookDelivery>[] = [
  {
    header: 'Event',
    cell: ({ delivery_id, event_type }) => <To path={`/deliveries/${delivery_id}`}>{event_type}</To>,
  },
  { header: 'Status', cell: ({ status }) => <Status of={status} /> },
  { header: 'Subject', cell: ({ subject }) => <span className="id">{subject}</span>, isWide: true },
  { header: 'Attempts', cell: ({ attempt_count }) => attempt_count, isNumber: true, isWide: true },
  { header: 'Created', cell: ({ created_at }) => <Ago at={created_at} />, isWide: true },
  { header: 'Next attempt', cell: ({ next_attempt_at: at }) => (at ? <Ago at={at} /> : '–'), isWide: true },
];

function Deliveries({ endpointId }: { endpointId: string }) {
  const { status, cursor } = route.useSearch();
  const navigate = useNavigate();
  const chosen = STATUSES.find((each) => each === status);
  const query = useResource(
    'listWebhookDeliveries',
    {
      params: { endpoint_id: endpointId },
      query: { limit: PAGE_SIZE, ...(chosen && { status: chosen }), ...(cursor && { cursor }) },
    },
    { every: 5_000, keepLast: true },
  );
  const choose = (next: string) =>
    navigate({
      to: '/webhooks/$endpointId',
      params: { endpointId },
      search: next === ALL ? {} : { status: next },
      resetScroll: false,
    });
  return (
    <Panel
      title="Deliveries"
      aside={
        <NativeSelect
          size="xs"
          aria-label="Status"
          data={[ALL, ...STATUSES]}
          value={chosen ?? ALL}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
        />
      }
    >
      <Loaded query={query}>
        {({ deliveries, next_cursor }) => (
          <>
            <DataTable
              label="List of deliveries, last changed first"
              columns={COLUMNS}
              rows={deliveries}
              keyOf={({ delivery_id }) => delivery_id}
              empty={<Text>There is none.</Text>}
            />
            <Pager cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
    </Panel>
  );
}
