import { useNavigate } from '@tanstack/react-router';
import type { WebhookEndpoint } from '../../../../client/index.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { quoted } from '../../parts/copy-as.tsx';
import { FormButton } from '../../parts/form-button.tsx';
import { asUtc } from '../../parts/local-time.ts';
import { Secret } from '../../parts/secret.tsx';
import { EVENTS_FIELD, eventTypesIn, URL_FIELD } from './endpoint.ts';

const DAY_SECONDS = 86_400;

/** What may be done with an endpoint. */
export function EndpointActions({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { endpoint_id: id, enabled } = endpoint;
  const named = { params: { endpoint_id: id } };
  return (
    <>
      <ActionButton
        label="Test"
        scope="webhooks:write"
        operation="testWebhookEndpoint"
        input={() => named}
        command={() => `webhooks test ${id}`}
        isPrimary
      >
        Sends the event webhook_endpoint.test to this endpoint only.
      </ActionButton>
      <ActionButton
        label="Replay failed"
        scope="webhooks:write"
        operation="replayWebhooks"
        input={() => ({ ...named, body: {} })}
        command={() => `webhooks replay ${id}`}
      >
        Sends all deliveries that failed again, each with the same webhook-id.
      </ActionButton>
      <ReplayRange id={id} />
      <ChangeEndpoint endpoint={endpoint} />
      <ActionButton
        label={enabled ? 'Disable' : 'Enable'}
        scope="webhooks:write"
        operation="changeWebhookEndpoint"
        input={() => ({ ...named, body: { enabled: !enabled } })}
        command={() => `webhooks change ${id} ${enabled ? '--disable' : '--enable'}`}
      >
        {enabled ? 'Its deliveries wait until it is enabled.' : 'Sends what waits, and events from now on.'}
      </ActionButton>
      <FormButton
        label="Rotate secret"
        scope="webhooks:write"
        operation="rotateWebhookSecret"
        fields={[
          {
            name: 'overlap',
            label: 'Seconds for which the old secret signs too',
            description: 'At most 30 days; 0 if it has leaked',
            type: 'number',
            initial: `${DAY_SECONDS}`,
          },
        ]}
        input={({ overlap }) => ({ ...named, body: { overlap_seconds: Number(overlap) } })}
        command={({ overlap }) => `webhooks rotate ${id} --overlap ${overlap}s`}
        shows={({ secret }) => <Secret secret={secret} />}
      >
        Makes a new secret.
      </FormButton>
      <DeleteEndpoint endpoint={endpoint} />
    </>
  );
}

function DeleteEndpoint({ endpoint: { endpoint_id, url } }: { endpoint: WebhookEndpoint }) {
  const navigate = useNavigate();
  return (
    <ActionButton
      label="Delete"
      scope="webhooks:write"
      operation="deleteWebhookEndpoint"
      input={() => ({ params: { endpoint_id } })}
      command={() => `webhooks delete ${endpoint_id}`}
      onDone={() => navigate({ to: '/webhooks' })}
      isFinal
    >
      Nothing more is sent to {url}, also not what waits. Disable it instead if it is to receive events again.
    </ActionButton>
  );
}

const ReplayRange = ({ id }: { id: string }) => (
  <FormButton
    label="Replay a range"
    scope="webhooks:write"
    operation="replayWebhooks"
    fields={[
      { name: 'from', label: 'From, in your time zone', type: 'datetime-local' },
      { name: 'to', label: 'To, not included', type: 'datetime-local', isOptional: true },
    ]}
    input={({ from = '', to = '' }) => ({
      params: { endpoint_id: id },
      body: { from: asUtc(from), ...(to && { to: asUtc(to) }) },
    })}
    command={({ from = '', to = '' }) =>
      `webhooks replay ${id} --from ${asUtc(from)}${to === '' ? '' : ` --to ${asUtc(to)}`}`
    }
  >
    Sends all events of this time again, also those that were delivered.
  </FormButton>
);

function ChangeEndpoint({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { endpoint_id, url, event_types, description } = endpoint;
  return (
    <FormButton
      label="Change"
      scope="webhooks:write"
      operation="changeWebhookEndpoint"
      fields={[
        { ...URL_FIELD, initial: url },
        { ...EVENTS_FIELD, initial: event_types.join(' ') },
        { name: 'description', label: 'Description', isOptional: true, initial: description },
      ]}
      input={({ url = '', events = '', description = '' }) => ({
        params: { endpoint_id },
        body: { url, event_types: eventTypesIn(events), description },
      })}
      command={({ url = '', events = '', description = '' }) =>
        `webhooks change ${endpoint_id} --url ${quoted(url)} --events ${eventTypesIn(events).map(quoted).join(' ')} --description ${quoted(description)}`
      }
    >
      The next attempt of each delivery uses the new URL.
    </FormButton>
  );
}
