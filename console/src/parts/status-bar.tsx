import { Group } from '@mantine/core';
import type { CSSProperties } from 'react';
import type { PayoutCounts } from '../../../client/index.ts';
import { formatCount } from '../format.ts';
import { nameOf, Status, toneOf } from './status.tsx';
import { To } from './to.tsx';

/** From what has ended to what has not begun. */
const ORDER = ['completed', 'returned', 'failed', 'cancelled', 'unknown', 'retrying', 'processing', 'pending'] as const;

type Parts = { readonly counts: PayoutCounts; readonly total: number };

const partsOf = ({ counts }: Parts) =>
  ORDER.flatMap((status) => (counts[status] > 0 ? [{ status, count: counts[status] }] : []));

/** A bar whose parts are the statuses. They sum to the total. */
export function StatusBar({ counts, total, isSmall = false }: Parts & { readonly isSmall?: boolean }) {
  const parts = partsOf({ counts, total });
  const label = parts.map(({ status, count }) => `${formatCount(count)} ${nameOf(status)}`).join(', ');
  return (
    <div className={isSmall ? 'bar small' : 'bar'} role="img" aria-label={`Of ${formatCount(total)}: ${label}`}>
      {parts.map(({ status, count }) => (
        <span
          key={status}
          data-status={status}
          data-count={count}
          style={{ '--tone': toneOf(status), width: `${(100 * count) / total}%` } as CSSProperties}
        />
      ))}
    </div>
  );
}

/** The bar's parts with their counts. Each is a link to the payouts that it counts. */
export function StatusLegend({ batchId, ...parts }: Parts & { readonly batchId: string }) {
  return (
    <Group gap="md" mt="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {partsOf(parts).map(({ status, count }) => (
        <li key={status}>
          <To path={`/batches/${batchId}`} search={{ status }}>
            <Status of={status} /> {formatCount(count)}
          </To>
        </li>
      ))}
    </Group>
  );
}
