import { Code, SimpleGrid, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { WebhookAttempt, WebhookDeliveryWithAttempts } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatDuration } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { CopyAs } from '../parts/copy-as.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Moments } from '../parts/moments.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Status, toneOf } from '../parts/status.tsx';
import { Ago, Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';

const route = getRouteApi('/deliveries/$deliveryId');

/** An event, one endpoint, and each attempt to send it. */
export function DeliveryScreen() {
  const { deliveryId } = route.useParams();
  const input = { params: { delivery_id: deliveryId } };
  const query = useResource('getWebhookDelivery', input, {
    every: (delivery) => (delivery?.status === 'pending' ? 2_000 : 15_000),
  });
  return (
    <Page
      title={query.data?.event_type ?? deliveryId}
      aside={query.data && <Status of={query.data.status} />}
      actions={
        <>
          {query.data && query.data.status !== 'pending' && (
            <ActionButton
              label="Send again"
              scope="webhooks:write"
              operation="replayWebhookDelivery"
              input={() => input}
              command={() => `webhooks replay ${deliveryId}`}
            >
              Sends it again with the same webhook-id, so a receiver that has it can drop it.
            </ActionButton>
          )}
          <CopyAs command={`webhooks delivery ${deliveryId}`} operation="getWebhookDelivery" input={input} />
        </>
      }
    >
      <Loaded query={query}>
        {(delivery) => (
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            <Panel title="Delivery">
              <Delivery delivery={delivery} />
            </Panel>
            <Panel title="Attempts">
              {delivery.attempts.length === 0 ? (
                <Text>It was not sent yet.</Text>
              ) : (
                <Moments label="List of attempts" moments={delivery.attempts.map(momentOf)} />
              )}
            </Panel>
          </SimpleGrid>
        )}
      </Loaded>
    </Page>
  );
}

const Delivery = ({ delivery }: { delivery: WebhookDeliveryWithAttempts }) => (
  <Facts>
    <Fact name="Id">
      <span className="id">{delivery.delivery_id}</span>
    </Fact>
    <Fact name="Endpoint">
      <To path={`/webhooks/${delivery.endpoint_id}`} className="id">
        {delivery.endpoint_id}
      </To>
    </Fact>
    <Fact name="Event">
      <span className="id">{delivery.event_id}</span>
    </Fact>
    <Fact name="Subject">
      <span className="id">{delivery.subject}</span>
    </Fact>
    <Fact name="Created">
      <Time at={delivery.created_at} />
    </Fact>
    {delivery.next_attempt_at && (
      <Fact name="Next attempt">
        <Ago at={delivery.next_attempt_at} />
      </Fact>
    )}
    {delivery.ended_at && (
      <Fact name="Ended">
        <Time at={delivery.ended_at} />
      </Fact>
    )}
    <Fact name="Replays">{delivery.replay_count}</Fact>
  </Facts>
);

const isSuccess = (status: number | null) => status !== null && status >= 200 && status < 300;

function momentOf({ at, status, error, duration_ms, answer }: WebhookAttempt) {
  return {
    at,
    title: `${status === null ? 'No answer' : `Answered ${status}`} after ${formatDuration(duration_ms)}`,
    tone: toneOf(isSuccess(status) ? 'delivered' : 'failed'),
    detail: (error || answer) && (
      <>
        {error}
        {answer && <Code block>{answer}</Code>}
      </>
    ),
  };
}
