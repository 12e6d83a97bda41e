import { Text } from '@mantine/core';
import type { CSSProperties } from 'react';
import type { Timeline as Answer, TimelineEntry } from '../../../client/index.ts';
import { formatDuration } from '../format.ts';
import { Sentence } from './sentence.tsx';
import { toneOf } from './status.tsx';
import { Time } from './time.tsx';

/** Longer ones are folded into one line. */
const GAP_MS = 60_000;

/** The status whose colour an entry has. */
const STATUSES: Partial<Readonly<Record<TimelineEntry['kind'], string>>> = {
  approved: 'completed',
  rejected: 'failed',
  leased: 'processing',
  sent: 'processing',
  looked_up: 'unknown',
  dead_lettered: 'failed',
  cancel_requested: 'cancelled',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  returned: 'returned',
  delivered: 'completed',
  delivery_failed: 'failed',
};

/** What happened, in the order of time. */
export function Timeline({ timeline: { entries, complete } }: { timeline: Answer }) {
  return (
    <>
      <ol className="timeline" aria-label="What happened">
        {entries.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries are only appended
          <Entry key={index} entry={entry} before={entries[index - 1]} />
        ))}
      </ol>
      {!complete && (
        <Text size="sm" c="dimmed" mt="sm">
          More happened than is listed.
        </Text>
      )}
    </>
  );
}

function Entry({ entry, before }: { entry: TimelineEntry; before: TimelineEntry | undefined }) {
  const { at, kind, principal, sentence } = entry;
  const pauseMs = before ? Date.parse(at) - Date.parse(before.at) : 0;
  return (
    <>
      {pauseMs > GAP_MS && <li className="gap">{formatDuration(pauseMs)} without a change</li>}
      <li data-kind={kind} style={{ '--tone': toneOf(STATUSES[kind] ?? 'pending') } as CSSProperties}>
        <Text size="xs" c="dimmed" component="div">
          <Time at={at} />
          {principal && `, by ${principal.name}`}
        </Text>
        <Sentence text={sentence} />
      </li>
    </>
  );
}
