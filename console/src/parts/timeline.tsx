import { Text } from '@mantine/core';
import type { CSSProperties, ReactNode } from 'react';
import { formatDuration } from '../format.ts';
import { Time } from './time.tsx';

export type Moment = {
  readonly at: string;
  readonly title: string;
  readonly detail?: ReactNode;
  /** Its tone, as `toneOf` gives it. */
  readonly tone?: string;
};

/** Longer ones are folded into one line. */
const GAP_MS = 60_000;

/** What happened, oldest first, with its times. */
export function Timeline({ label, moments }: { label: string; moments: readonly Moment[] }) {
  return (
    <ol className="timeline" aria-label={label}>
      {moments.map(({ at, title, detail, tone }, index) => {
        const before = moments[index - 1];
        const pauseMs = before ? Date.parse(at) - Date.parse(before.at) : 0;
        return [
          pauseMs > GAP_MS && (
            <li key={`gap ${at}`} className="gap">
              {formatDuration(pauseMs)} without a change
            </li>
          ),
          // biome-ignore lint/suspicious/noArrayIndexKey: moments are appended only
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
          </li>,
        ];
      })}
    </ol>
  );
}
