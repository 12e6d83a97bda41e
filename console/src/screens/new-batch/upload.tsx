import { Button, Code, Group, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { commandOf, quoted } from '../../parts/copy-as.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { notify } from '../../parts/notices.tsx';
import { Panel } from '../../parts/page.tsx';
import { ProgressBar } from '../../parts/progress-bar.tsx';
import { To } from '../../parts/to.tsx';
import type { Kind, Mapping } from './fields.ts';
import type { Table } from './read-file.ts';
import type { Options } from './request.ts';
import { BrokenUpload, jsonLines, sendFile, uploadTarget } from './send-file.ts';

type Props = { readonly table: Table; readonly kind: Kind; readonly mapping: Mapping; readonly options: Options };

/** For files beyond one request: the service divides them into batches. */
export function Upload(props: Props) {
  const { data: target, isSuccess } = useQuery({
    queryKey: ['uploadTarget'],
    queryFn: uploadTarget,
    staleTime: 60_000,
  });
  const { table, kind, options } = props;
  const obstacle =
    kind === 'items'
      ? 'An upload takes payouts to bank accounts only. Divide the file into parts of at most 15,000 rows.'
      : options.start === 'later'
        ? 'An upload cannot start at a time. Choose another start.'
        : undefined;
  return (
    <Panel title="Too large for one request">
      <Text size="sm" mb="xs">
        A batch has at most 15,000 payouts and 6 MB. An upload has up to 1,000,000: the service checks all rows first,
        then stores them as several batches. It has no batch id, so a file that is uploaded twice is paid twice, unless
        its rows have an external_id.
      </Text>
      {isSuccess && !target && (
        <>
          <Text size="sm">This page may not send files in this stage. The command may:</Text>
          <Code block>{commandOf(`batches upload ${quoted(table.name)}`)}</Code>
        </>
      )}
      {target && (obstacle ? <Text role="status">{obstacle}</Text> : <Send {...props} />)}
    </Panel>
  );
}

function Send({ table, kind, mapping, options }: Props) {
  const navigate = useNavigate();
  const [percent, setPercent] = useState(0);
  const { mutate, error, isPending } = useMutation({
    mutationFn: async () => {
      setPercent(0);
      const file = await jsonLines(table, kind, mapping);
      const created = await api.uploads.create(requestOf(options), { attempts: 4 });
      await sendFile(created, file, setPercent);
      return created.upload_id;
    },
    onSuccess: (uploadId) => {
      notify(`Uploaded: ${uploadId}`);
      return navigate({ to: '/uploads/$uploadId', params: { uploadId } });
    },
  });
  useWarning(isPending);
  return (
    <>
      {isPending && <ProgressBar label={`${table.name} is uploaded`} percent={percent} />}
      {error && (error instanceof BrokenUpload ? <Broken error={error} /> : <ErrorPanel error={error} />)}
      <Group mt="sm">
        <Button onClick={() => mutate()} loading={isPending}>
          Upload {formatCount(table.rows.length)} payouts
        </Button>
      </Group>
    </>
  );
}

const requestOf = ({ start, skipInvalid, duplicates, claimTransactions }: Options) => ({
  format: 'jsonl' as const,
  auto_start: start === 'now',
  on_invalid: skipInvalid ? ('skip' as const) : ('reject_all' as const),
  duplicates,
  claim_transactions: claimTransactions,
});

const Broken = ({ error: { message, uploadId } }: { error: BrokenUpload }) => (
  <Text role="alert" c="var(--mantine-color-error)">
    {message}{' '}
    {uploadId && (
      <>
        Do not send it again before <To path={`/uploads/${uploadId}`}>the upload</To> is refused.
      </>
    )}
  </Text>
);

/** The browser asks before the page is left: the file would not arrive. */
function useWarning(isActive: boolean): void {
  useEffect(() => {
    if (!isActive) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isActive]);
}
