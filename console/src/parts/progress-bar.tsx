import { Progress, Text } from '@mantine/core';

/** How much of something is done. */
export const ProgressBar = ({ label, percent }: { label: string; percent: number }) => (
  <>
    <Progress.Root size="lg">
      <Progress.Section value={percent} aria-label={label} />
    </Progress.Root>
    <Text size="sm" mt="xs">
      {Math.floor(percent)} %
    </Text>
  </>
);
