import type { BatchHeader } from '../../../client/index.ts';
import type { Column } from './data-table.tsx';
import { Status } from './status.tsx';
import { To } from './to.tsx';

type Named = Pick<BatchHeader, 'batch_id' | 'status'>;

export const BATCH_COLUMN: Column<Named> = {
  header: 'Batch',
  cell: ({ batch_id }) => (
    <To path={`/batches/${batch_id}`} className="id">
      {batch_id}
    </To>
  ),
};

export const STATUS_COLUMN: Column<Named> = { header: 'Status', cell: ({ status }) => <Status of={status} /> };
