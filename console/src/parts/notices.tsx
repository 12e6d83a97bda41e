import { Alert, Notification, Stack } from '@mantine/core';
import { useEffect, useSyncExternalStore } from 'react';
import { queries } from '../api.ts';
import { useIsConnectionLost } from '../connection.ts';

const SHOWN_MS = 6_000;
let text = '';
let timer: ReturnType<typeof setTimeout>;
const listeners = new Set<() => void>();

function show(next: string): void {
  text = next;
  for (const listener of listeners) listener();
}

/** Says for a few seconds what was done. */
export function notify(message: string): void {
  clearTimeout(timer);
  show(message);
  timer = setTimeout(() => show(''), SHOWN_MS);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const RETRY_MS = 2_000;

/** While the service does not answer, every read is repeated, also those of screens that read only once. */
function useRetries(isLost: boolean): void {
  useEffect(() => {
    if (!isLost) return;
    const retry = setInterval(() => queries.refetchQueries({ type: 'active' }, { cancelRefetch: false }), RETRY_MS);
    return () => clearInterval(retry);
  }, [isLost]);
}

export function Notices() {
  const isLost = useIsConnectionLost();
  const shown = useSyncExternalStore(subscribe, () => text);
  useRetries(isLost);
  return (
    <>
      <div role="alert">
        {isLost && (
          <Alert color="red" variant="filled" mb="md" title="The service does not answer; trying again">
            What you see is from the last answer.
          </Alert>
        )}
      </div>
      <Stack
        role="status"
        pos="fixed"
        bottom={16}
        right={16}
        left={16}
        align="flex-end"
        style={{ zIndex: 400, pointerEvents: 'none' }}
      >
        {shown && (
          <Notification withCloseButton={false} withBorder maw="30rem" style={{ overflowWrap: 'anywhere' }}>
            {shown}
          </Notification>
        )}
      </Stack>
    </>
  );
}
