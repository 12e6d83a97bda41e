import { Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { WebhookEndpoint } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { CopyAs, quoted } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { Loaded, Page } from '../parts/page.tsx';
import { Secret } from '../parts/secret.tsx';
import { Status } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { EVENTS_FIELD, eventTypesIn, stateOf, URL_FIELD } from './webhook/endpoint.ts';

const route = getRouteApi('/webhooks');

/** `status`: of the deliveries that an endpoint's link lists. */
const columnsOf = (status: string | undefined): readonly Column<WebhookEndpoint>[] => [
  {
    header: 'Endpoint',
    cell: ({ endpoint_id, url }) => (
      <To path={`/webhooks/${endpoint_id}`} search={{ status }} style={{ overflowWrap: 'anywhere' }}>
        {url}
      </To>
    ),
  },
  { header: 'State', cell: (endpoint) => <Status of={stateOf(endpoint)} /> },
  { header: 'Events', cell: ({ event_types }) => event_types.join(', '), isWide: true },
  { header: 'Description', cell: ({ description }) => description || '–', isWide: true },
  { header: 'Created', cell: ({ created_at }) => <Ago at={created_at} />, isWide: true },
];

/** Where events are sent. */
export function Webhooks() {
  const { status } = route.useSearch();
  const columns = useMemo(() => columnsOf(status), [status]);
  const query = useResource('listWebhookEndpoints', {});
  return (
    <Page
      title="Webhooks"
      actions={
        <>
          <NewEndpoint />
          <CopyAs command="webhooks list" operation="listWebhookEndpoints" input={{}} />
        </>
      }
    >
      <Loaded query={query}>
        {({ endpoints }) => (
          <DataTable
            label="Webhook endpoints, oldest first"
            columns={columns}
            rows={endpoints}
            keyOf={({ endpoint_id }) => endpoint_id}
            empty={<Text>Events are sent to no endpoint yet.</Text>}
          />
        )}
      </Loaded>
    </Page>
  );
}

const NewEndpoint = () => (
  <FormButton
    label="New endpoint"
    scope="webhooks:write"
    operation="createWebhookEndpoint"
    fields={[URL_FIELD, EVENTS_FIELD, { name: 'description', label: 'Description', isOptional: true }]}
    input={({ url = '', events = '', description = '' }) => ({
      body: { url, event_types: eventTypesIn(events), description },
    })}
    command={({ url = '', events = '' }) =>
      `webhooks create ${quoted(url)} --events ${eventTypesIn(events).map(quoted).join(' ')}`
    }
    shows={({ secret }) => <Secret secret={secret} />}
    isPrimary
  >
    Events are sent to it from now on, signed with a secret.
  </FormButton>
);
