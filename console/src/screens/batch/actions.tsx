import { Button, Menu } from '@mantine/core';
import { memo } from 'react';
import type { Batch } from '../../../../client/index.ts';
import { api } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { ActionButton, REASON } from '../../parts/action-button.tsx';
import { quoted } from '../../parts/copy-as.tsx';
import { asUtc } from '../../parts/local-time.ts';
import { saveFile } from '../../parts/save-file.ts';

type Status = Batch['status'];
const CANCELLABLE: readonly Status[] = [
  'awaiting_approval',
  'created',
  'scheduled',
  'in_progress',
  'stopping',
  'stopped',
];

/** What may be done with a batch in its state. The service decides; this only leaves out what it would refuse. */
export function BatchActions({ batch }: { batch: Batch }) {
  const { batch_id, status } = batch;
  const named = { params: { batch_id } };
  const open = batch.total_count - batch.counts.completed - batch.counts.failed - batch.counts.cancelled;
  return (
    <>
      {(status === 'created' || status === 'scheduled') && (
        <ActionButton
          label="Start"
          scope="payouts:write"
          operation="startBatch"
          input={() => named}
          command={() => `batches start ${batch_id}`}
          isPrimary
        >
          Pays {formatCount(batch.total_count)} payouts now.
        </ActionButton>
      )}
      {(status === 'stopped' || status === 'stopping') && (
        <ActionButton
          label="Resume"
          scope="payouts:write"
          operation="startBatch"
          input={() => named}
          command={() => `batches start ${batch_id}`}
          isPrimary
        >
          Pays the {formatCount(open)} payouts that have not ended.
        </ActionButton>
      )}
      {status === 'scheduled' && (
        <ActionButton
          label="Schedule"
          scope="payouts:write"
          operation="scheduleBatch"
          asks={{ label: 'New time, in your time zone', type: 'datetime-local' }}
          input={(time) => ({ ...named, body: { start_at: asUtc(time) } })}
          command={(time) => `batches schedule ${batch_id} --at ${asUtc(time)}`}
        >
          Sets another time at which the batch starts by itself.
        </ActionButton>
      )}
      {status === 'in_progress' && (
        <ActionButton
          label="Stop"
          scope="payouts:write"
          operation="stopBatch"
          input={() => named}
          command={() => `batches stop ${batch_id}`}
        >
          Calls that are under way end. Once the batch is stopped, nothing is sent until it is resumed.
        </ActionButton>
      )}
      {batch.dead_letters.length > 0 && (
        <ActionButton
          label={`Redrive ${formatCount(batch.dead_letters.length)} chunks`}
          scope="operations"
          operation="redriveBatch"
          input={() => named}
          command={() => `redrive ${batch_id}`}
        >
          Sends the chunks that ended in the dead-letter queue to the workers again.
        </ActionButton>
      )}
      {CANCELLABLE.includes(status) && (
        <ActionButton
          label="Cancel"
          scope="payouts:write"
          operation="cancelBatch"
          asks={REASON}
          input={(reason) => ({ ...named, body: { reason } })}
          command={(reason) => `batches cancel ${batch_id} --reason ${quoted(reason)}`}
          isFinal
        >
          What was not sent is cancelled for good. What is in flight or unknown ends as the rail decides.
        </ActionButton>
      )}
      <Report batchId={batch_id} />
    </>
  );
}

const Report = memo(function Report({ batchId }: { batchId: string }) {
  const save = async (type: 'csv' | 'json') => {
    const text =
      type === 'csv'
        ? await api.batches.reportCsv(batchId)
        : JSON.stringify(await api.batches.report(batchId), undefined, 2);
    saveFile(`${batchId}-report.${type}`, text);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="default">
          Report
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save('csv')}>CSV, one line per payout</Menu.Item>
        <Menu.Item onClick={() => save('json')}>JSON</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
});
