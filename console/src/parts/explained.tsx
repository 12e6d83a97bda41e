import { List, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Explanation } from '../../../client/index.ts';
import { useCan } from '../session.ts';
import { Panel } from './page.tsx';
import { Sentence } from './sentence.tsx';
import { Ago } from './time.tsx';

/** Why something has its status, who works on it, what happens next, and what this user may do. */
export function Explained({ explanation, aside }: { explanation: Explanation; aside?: ReactNode }) {
  const { why, lease, next, actions } = explanation;
  const can = useCan();
  const permitted = actions.filter(({ scope, method }) => method !== 'GET' && can(scope));
  return (
    <Panel title="Why" aside={aside}>
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
                <List.Item key={action}>
                  <Sentence text={sentence} />
                </List.Item>
              ))}
            </List>
          </div>
        )}
      </Stack>
    </Panel>
  );
}
