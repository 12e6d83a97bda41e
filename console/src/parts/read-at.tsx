import { Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { Ago } from './time.tsx';

/** When a part of a screen was read. The other parts may be of another moment. */
export function ReadAt({ query: { isPlaceholderData, dataUpdatedAt } }: { query: UseQueryResult }) {
  if (!isPlaceholderData && dataUpdatedAt === 0) return null;
  return (
    <Text size="sm" component="div">
      {isPlaceholderData ? (
        'reading again'
      ) : (
        <>
          read <Ago at={new Date(dataUpdatedAt).toISOString()} />
        </>
      )}
    </Text>
  );
}
