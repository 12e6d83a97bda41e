import { SimpleGrid, Text } from '@mantine/core';
import type { Explanation, Timeline as Past, RailCall, TimelineEntry, UsedReference } from '../../../client/index.ts';
import { type Moment, Moments } from './moments.tsx';
import { Panel } from './page.tsx';
import { Sentence } from './sentence.tsx';
import { toneOf } from './status.tsx';
import { Timeline } from './timeline.tsx';

/** Webhooks of the last change are on their way for some time. */
const STILL_ACTIVE_MS = 120_000;

/** Of what explains a payment of any kind: read again at once when the payment changes. */
export const lifePolling = (isOpen: boolean, updatedAt: string) => ({
  every: () => (isOpen || Date.now() - Date.parse(updatedAt) < STILL_ACTIVE_MS ? 5_000 : 60_000),
  version: updatedAt,
  keepLast: true,
});

const ANSWERS: Readonly<Record<RailCall['answer'], string>> = {
  paid: 'completed',
  refused: 'failed',
  unanswered: 'unknown',
  not_found: 'pending',
  in_process: 'processing',
  no_answer: 'unknown',
};

const momentOf = ({ at, sentence, answer }: RailCall): Moment => ({
  at,
  title: sentence,
  tone: toneOf(ANSWERS[answer]),
});

/** What was asked of the rail, and what it answered. */
export function RailCalls({
  explanation: { calls, calls_omitted: omitted, references },
}: {
  explanation: Explanation;
}) {
  return (
    <Panel title="Calls and answers">
      {calls.length > 0 ? (
        <Moments label="List of calls" moments={calls.map(momentOf)} />
      ) : (
        <References all={references} />
      )}
      {omitted > 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          Rounds of calls after the first one that are not stored: {omitted}.
        </Text>
      )}
    </Panel>
  );
}

/** Without stored calls, as of a payment without an outcome: what is known of each reference. */
const References = ({ all }: { all: readonly UsedReference[] }) =>
  all.map(({ reference, sentence }) => (
    <Text key={reference} style={{ overflowWrap: 'anywhere' }}>
      {sentence}
    </Text>
  ));

const isOfWebhook = ({ kind }: TimelineEntry) => kind === 'delivered' || kind === 'delivery_failed';

/** What happened, and the attempts to send its events to webhooks. */
export function Life({ timeline }: { timeline: Past }) {
  const sent = timeline.entries.filter(isOfWebhook);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Panel title="What happened">
        <Timeline timeline={{ ...timeline, entries: timeline.entries.filter((entry) => !isOfWebhook(entry)) }} />
      </Panel>
      <Panel title="Webhooks">
        {sent.length === 0 ? (
          <Text>No event about it was sent to a webhook.</Text>
        ) : (
          <Moments
            label="List of deliveries"
            moments={sent.map(({ at, kind, sentence }) => ({
              at,
              title: <Sentence text={sentence} />,
              tone: toneOf(kind === 'delivered' ? 'delivered' : 'failed'),
            }))}
          />
        )}
      </Panel>
    </SimpleGrid>
  );
}
