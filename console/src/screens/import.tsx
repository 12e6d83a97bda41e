import { Anchor, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { Import } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { CopyAs } from '../parts/copy-as.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { Status } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';

const route = getRouteApi('/imports/$importId');

const isEnded = ({ status }: Pick<Import, 'status'>) => status === 'COMPLETED' || status === 'FAILED';

/** A file of transactions, which settlements sum. */
export function ImportScreen() {
  const { importId } = route.useParams();
  const input = { params: { import_id: importId } };
  const query = useResource('getImport', input, { every: (one) => (one && isEnded(one) ? 30_000 : 1_000) });
  return (
    <Page
      title={importId}
      aside={query.data && <Status of={query.data.status} />}
      actions={
        <>
          {query.data?.status === 'AWAITING_UPLOAD' && (
            <ActionButton
              label="Start"
              scope="transactions:write"
              operation="startImport"
              input={() => input}
              command={() => `imports start ${importId}`}
            >
              Reads the file that was uploaded now, instead of waiting for the notification of the upload.
            </ActionButton>
          )}
          <CopyAs command={`imports get ${importId}`} operation="getImport" input={input} />
        </>
      }
    >
      <Loaded query={query}>{(one) => <Details one={one} />}</Loaded>
    </Page>
  );
}

const Details = ({ one }: { one: Import }) => (
  <>
    <Panel
      title="Progress"
      aside={
        <Text size="sm">
          {formatCount(one.bytes_done)} of {formatCount(one.bytes_total)} bytes
        </Text>
      }
    >
      <ProgressBar label="Of the file" percent={one.progress} />
    </Panel>
    <Panel title="Rows">
      <Facts>
        <Fact name="Read">{formatCount(one.rows)}</Fact>
        <Fact name="Stored">{formatCount(one.stored)}</Fact>
        <Fact name="Stored before">{formatCount(one.unchanged)}</Fact>
        <Fact name="Rejected">
          {one.rejected_url ? (
            <Anchor href={one.rejected_url}>{formatCount(one.rejected)}</Anchor>
          ) : (
            formatCount(one.rejected)
          )}
        </Fact>
        <Fact name="Created">
          <Time at={one.created_at} />
        </Fact>
        {one.error && <Fact name="Failed">{one.error}</Fact>}
      </Facts>
    </Panel>
  </>
);
