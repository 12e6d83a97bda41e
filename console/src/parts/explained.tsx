import { List, Stack, Text } from '@mantine/core';
import type { Explanation } from '../../../client/index.ts';
import { useCan } from '../session.ts';
import { Panel } from './page.tsx';
import { Sentence } from './sentence.tsx';
import { nameOf, toneOf } from './status.tsx';
import { Ago } from './time.tsx';
import { type Moment, Timeline } from './timeline.tsx';

/** Why something has its status, who works on it, what happens next, and what this user may do. */
export function Explained({ explanation }: { explanation: Explanation }) {
  const { why, lease, next, actions } = explanation;
  const can = useCan();
  const permitted = actions.filter(({ scope, method }) => method !== 'GET' && can(scope));
  return (
    <Panel title="Why">
      <Stack gap="xs">
        {why.map((sentence) => (
          <Text key={sentence}>
            <Sentence text={sentence} />
          </Text>
        ))}
        {lease && (
          <Text>
            <Sentence text={lease.sentence} />
          </Text>
        )}
        {next && (
          <Text>
            <strong>Next:</strong> <Sentence text={next.sentence} />{' '}
            {next.at && (
              <>
                (<Ago at={next.at} />)
              </>
            )}
          </Text>
        )}
        {permitted.length > 0 && (
          <div>
            <Text fw={600}>What you may do</Text>
            <List size="sm">
              {permitted.map(({ action, sentence }) => (
                <List.Item key={action}>{sentence}</List.Item>
              ))}
            </List>
          </div>
        )}
      </Stack>
    </Panel>
  );
}

const TONES: Readonly<Record<Explanation['calls'][number]['answer'], string>> = {
  paid: toneOf('completed'),
  refused: toneOf('failed'),
  unanswered: toneOf('unknown'),
  no_answer: toneOf('unknown'),
  in_process: toneOf('processing'),
  not_found: toneOf('pending'),
};

const momentOf = ({ at, asked, answer, code, sentence }: Explanation['calls'][number]): Moment => ({
  at,
  title: `${asked === 'send' ? 'Sent' : 'Looked up'}: ${nameOf(answer)}${code ? `, ${code}` : ''}`,
  detail: <Sentence text={sentence} />,
  tone: TONES[answer],
});

/** What was asked of the rail, and what it answered. */
export function RailCalls({ explanation: { calls, calls_omitted, references } }: { explanation: Explanation }) {
  if (calls.length === 0) {
    const isUnused = references.every(({ state }) => state === 'unused');
    return <Text>{isUnused ? 'Nothing was asked of the rail yet.' : 'These calls are older than their record.'}</Text>;
  }
  const [first, ...rest] = calls.map(momentOf);
  if (calls_omitted === 0 || !first) return <Timeline label="Calls to the rail" moments={calls.map(momentOf)} />;
  return (
    <>
      <Timeline label="First call to the rail" moments={[first]} />
      <Text size="sm" c="dimmed" my="xs">
        {calls_omitted} rounds of calls are not listed
      </Text>
      <Timeline label="Last calls to the rail" moments={rest} />
    </>
  );
}
