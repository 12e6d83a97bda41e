import { Alert, Button, Code, List, Text } from '@mantine/core';
import { type ErrorCode, SluiceError } from '../../../client/index.ts';

const ADVICE: Partial<Readonly<Record<ErrorCode, string>>> = {
  VALIDATION_ERROR: 'Correct what is named below, and send it again.',
  UNAUTHORIZED: 'Sign in again.',
  FORBIDDEN: 'Ask an administrator for a key with this scope.',
  NOT_FOUND: 'Check the id: it may belong to another stage.',
  INVALID_STATE: 'It has changed since you looked. Read it again.',
  LIMIT_EXCEEDED: 'Wait for the next day in UTC, or ask an administrator to raise the limit of your key.',
  REQUEST_IN_PROGRESS: 'The same request is still being carried out. Wait for its result.',
  RATE_LIMITED: 'Your key sends too many requests. Wait a moment.',
  INTERNAL: 'Report it with the request id: the logs of the service have the cause under it.',
  UNAVAILABLE: 'A dependency of the service does not answer. Try again in a minute.',
};

/** What went wrong, what to do about it, and the id under which the logs have it. */
export function ErrorPanel({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const refused = error instanceof SluiceError ? error : undefined;
  const advice = refused ? ADVICE[refused.code] : 'The page tries again by itself.';
  return (
    <Alert color="red" variant="outline" title={refused ? refused.message : 'The service does not answer'} role="alert">
      {advice && <Text size="sm">{advice}</Text>}
      {refused && refused.details.length > 0 && (
        <List size="sm">
          {refused.details.map(({ path, reason }) => (
            <List.Item key={`${path} ${reason}`}>
              <Code>{path}</Code> {reason}
            </List.Item>
          ))}
        </List>
      )}
      {refused && (
        <Text size="sm" mt="xs">
          {refused.code}, request id <Code>{refused.requestId}</Code>
        </Text>
      )}
      {onRetry && (
        <Button size="xs" variant="default" mt="sm" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
