import { Group } from '@mantine/core';
import type { ProcessorStats } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { formatCount, formatDuration } from '../../format.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { Fact, Facts } from '../../parts/facts.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { nameOf, Status } from '../../parts/status.tsx';

/** What sends withdrawals: its state, its counts, and what operators may do with it. */
export function Processor() {
  const query = useResource('getProcessorStats', {}, { every: 5_000, keepLast: true });
  return (
    <Panel title="Processor" aside={query.data && <Actions stats={query.data} />}>
      <Loaded query={query}>{(stats) => <Stats stats={stats} />}</Loaded>
    </Panel>
  );
}

const Actions = ({ stats: { status, dead_lettered } }: { stats: ProcessorStats }) => (
  <Group gap="xs">
    {status === 'RUNNING' ? (
      <ActionButton
        label="Stop"
        scope="operations"
        operation="stopProcessor"
        input={() => ({})}
        command={() => `withdrawals stop`}
      >
        Nothing is sent from now on, until it is started again. Outcomes of calls that were sent are still stored.
      </ActionButton>
    ) : (
      <ActionButton
        label="Start"
        scope="operations"
        operation="startProcessor"
        input={() => ({})}
        command={() => `withdrawals start`}
        isPrimary
      >
        Workers send withdrawals again, also those that waited.
      </ActionButton>
    )}
    {dead_lettered > 0 && (
      <ActionButton
        label="Redrive"
        scope="operations"
        operation="redriveWithdrawals"
        input={() => ({})}
        command={() => `redrive --withdrawals`}
      >
        Sends all that the queue has given up to the workers again, up to 5,000. Do it once the cause is fixed.
      </ActionButton>
    )}
  </Group>
);

function Stats({ stats }: { stats: ProcessorStats }) {
  const { by_status: counts, queue, oldest_open_age_seconds: age, is_estimate: isEstimate } = stats;
  const used = Object.entries(counts).filter(([, count]) => BigInt(count) > 0n);
  return (
    <Facts>
      <Fact name="State">
        <Status of={stats.status} />
      </Fact>
      <Fact name="Withdrawals">
        {used.length === 0
          ? 'none yet'
          : used.map(([status, count]) => `${formatCount(Number(count))} ${nameOf(status)}`).join(', ')}
        {isEstimate && ' (estimated)'}
      </Fact>
      <Fact name="Dead letters">{formatCount(stats.dead_lettered)}</Fact>
      <Fact name="In flight">{formatCount(stats.in_flight)}</Fact>
      <Fact name="Queue">
        {formatCount(queue.visible)} waiting, {formatCount(queue.delayed)} delayed
      </Fact>
      <Fact name="Oldest open">{age === null ? '–' : formatDuration(Math.max(1, age) * 1_000)}</Fact>
    </Facts>
  );
}
