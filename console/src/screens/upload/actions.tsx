import { Button } from '@mantine/core';
import type { Upload } from '../../../../client/index.ts';
import { ActionButton, REASON } from '../../parts/action-button.tsx';
import { quoted } from '../../parts/copy-as.tsx';

type Status = Upload['status'];
const READING: readonly Status[] = ['awaiting_upload', 'checking', 'storing'];
const ENDED: readonly Status[] = ['refused', 'rejected', 'completed', 'partially_completed', 'failed', 'cancelled'];

/** The whole file is stored or refused. */
export const isRead = ({ status }: Pick<Upload, 'status'>): boolean => !READING.includes(status);
export const isEnded = ({ status }: Pick<Upload, 'status'>): boolean => ENDED.includes(status);

/** What may be done with an upload in its state. The service decides; this only leaves out what it would refuse. */
export function UploadActions({ upload }: { upload: Upload }) {
  const { upload_id, status } = upload;
  const named = { params: { upload_id } };
  return (
    <>
      {status === 'awaiting_upload' && (
        <ActionButton
          label="Submit"
          scope="payouts:write"
          operation="submitUpload"
          input={() => named}
          command={() => `uploads submit ${upload_id}`}
        >
          Reads the file that was uploaded now, instead of waiting for the notification of the upload.
        </ActionButton>
      )}
      {(status === 'created' || status === 'stopped') && (
        <ActionButton
          label={status === 'stopped' ? 'Resume' : 'Start'}
          scope="payouts:write"
          operation="startUpload"
          input={() => named}
          command={() => `batches start ${upload_id}`}
          isPrimary
        >
          Pays what has not ended, of all batches of the file.
        </ActionButton>
      )}
      {status === 'in_progress' && (
        <ActionButton
          label="Stop"
          scope="payouts:write"
          operation="stopUpload"
          input={() => named}
          command={() => `batches stop ${upload_id}`}
        >
          Stops all batches of the file. Calls that are under way end.
        </ActionButton>
      )}
      {!isEnded(upload) && status !== 'cancelling' && (
        <ActionButton
          label="Cancel"
          scope="payouts:write"
          operation="cancelUpload"
          asks={REASON}
          input={(reason) => ({ ...named, body: { reason } })}
          command={(reason) => `batches cancel ${upload_id} --reason ${quoted(reason)}`}
          isFinal
        >
          What was not sent is cancelled for good, of all batches. A file that is not stored whole is given up.
        </ActionButton>
      )}
      {isRead(upload) && upload.batches.length > 0 && <Report upload={upload} />}
    </>
  );
}

function Report({ upload: { upload_id, report } }: { upload: Upload }) {
  return (
    <>
      <ActionButton
        label={report === 'ready' ? 'New report' : 'Report'}
        scope="payouts:read"
        operation="requestUploadReport"
        input={() => ({ params: { upload_id } })}
        command={() => `uploads report ${upload_id}`}
      >
        Writes a file with one line for each payout, with the statuses of now.
      </ActionButton>
      {report !== 'none' && (
        <Button
          size="xs"
          variant="default"
          component="a"
          href={`/batches/uploads/${upload_id}/report`}
          loading={report === 'writing'}
        >
          Download the report
        </Button>
      )}
    </>
  );
}
