import { Text } from '@mantine/core';
import type { CSSProperties, ReactNode } from 'react';
import { Time } from './time.tsx';

export type Moment = {
  readonly at: string;
  readonly title: ReactNode;
  readonly detail?: ReactNode;
  /** Its tone, as `toneOf` gives it. */
  readonly tone?: string;
};

/** What happened, oldest first. */
export const Moments = ({ label, moments }: { label: string; moments: readonly Moment[] }) => (
  <ol className="timeline" aria-label={label}>
    {moments.map(({ at, title, detail, tone }, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: moments are only appended
      <li key={index} style={{ '--tone': tone } as CSSProperties}>
        <Text size="xs" c="dimmed" component="div">
          <Time at={at} />
        </Text>
        <div>{title}</div>
        {detail && (
          <Text size="sm" c="dimmed" component="div">
            {detail}
          </Text>
        )}
      </li>
    ))}
  </ol>
);
